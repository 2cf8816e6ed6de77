/**
 * What flows back from the services into the city: matches send cars to riders; estimates and flags are compared with
 * the truth.
 */
import { app, on, worker } from '@jetlane/core';
import {
  DriverFlagged,
  EtaEstimated,
  Locations,
  Market,
  RideMatched,
  Rides,
  RideUnmatched,
} from '@jetlane/streams/location';
import { nowMs } from '../ledger/clock.ts';
import { type EtaScore, etaScore } from '../ledger/score.ts';
import type { Simulation } from '../simulation/simulation.ts';

/** What the services said so far. */
export interface Feedback {
  readonly flagged: ReadonlySet<string>;
  readonly eta: EtaScore;
  /** To be started by the client; its durables are `city-rides` and `city-market`. */
  readonly app: ReturnType<typeof app>;
}

/** Makes the app that listens for one simulation. */
export function feedback(simulation: Simulation): Feedback {
  const flagged = new Set<string>();
  const eta = etaScore();
  const { riders } = simulation;

  const rides = worker('city-rides', { from: Rides, startAt: 'new', validate: 'foreign' }, [
    on(RideMatched, ({ data }) => {
      const { rideId, attempt, driverId } = data;
      if (!riders.match(rideId, attempt, () => simulation.assign(driverId, data))) {
        riders.askAgain(rideId, attempt, nowMs());
      }
    }),
    on(RideUnmatched, ({ data }) => riders.askAgain(data.rideId, data.attempt, nowMs())),
  ]);

  const market = worker('city-market', { from: Market, startAt: 'new', validate: 'foreign' }, [
    on(EtaEstimated, ({ data }) =>
      eta.estimated(data.rideId, data.leg, data.madeAtMs, data.arrivesAtMs),
    ),
    on(DriverFlagged, ({ data }) => void flagged.add(data.driverId)),
  ]);

  return {
    flagged,
    eta,
    app: app('city', { streams: [Locations, Rides, Market], run: [rides, market] }),
  };
}
