/**
 * Publishes what the simulation reports, open loop: every report has an intended time on a fixed
 * schedule, and a slow server does not slow the schedule down. Publishing is never awaited one by
 * one; the client's window bounds what is on the wire and {@link OUTSTANDING_MAX} what waits here.
 * What had to be sent late, or not at all, is counted and shown.
 */
import type { Client, Outgoing } from '@jetlane/core';
import {
  LocationUpdated,
  RideArrived,
  RidePickedUp,
  RideRequested,
} from '@jetlane/streams/location';
import { seededRandom } from '../city/random.ts';
import { nowMs } from '../ledger/clock.ts';
import { type SeqSet, seqSet } from '../ledger/seq-set.ts';
import type { LegEnd, Simulation } from '../simulation/simulation.ts';

/** What was published so far. */
export interface Publisher {
  /** Positions in the stream LOCATIONS that the server confirmed, each once. */
  readonly acked: SeqSet;
  /** Confirmations that said "stored before". */
  readonly duplicates: number;
  /** Sent more than {@link LATE_MS} after the intended time. */
  readonly late: number;
  /** Not sent, because too many were outstanding. */
  readonly skipped: number;
  /** Not confirmed: counts by error code. */
  readonly failed: ReadonlyMap<string, number>;
  /** Sent and not yet confirmed or failed. */
  readonly outstanding: number;
  /**
   * Begins the simulation's schedule at this time, in epoch milliseconds. What falls due at `endMs`
   * (default: never) or later is not sent.
   */
  start(startMs: number, endMs?: number): void;
  /** Sends no more, and resolves when everything sent is confirmed or has failed. */
  stop(): Promise<void>;
}

/** What a {@link Publisher} needs. */
export interface PublisherOptions {
  readonly client: Client;
  readonly simulation: Simulation;
  readonly seed: number;
  /** Told the end of each leg of a ride as it happens. */
  readonly onLegEnded: (end: LegEnd) => void;
}

/** A report sent later than this counts as late. */
export const LATE_MS = 50;
/** Reports that may await confirmation: some seconds of the largest city. */
export const OUTSTANDING_MAX = 20_000;
/** The share of reports that a phone on a bad line sends twice, with the same id. */
const RESEND_CHANCE = 0.004;
const RESEND_AFTER_MS = 300;
const RIDERS_EVERY_MS = 100;

/** Makes a publisher; nothing is sent before `start`. */
export function publisher(options: PublisherOptions): Publisher {
  const { client, simulation, onLegEnded } = options;
  const random = seededRandom(options.seed, 'resend');
  const acked = seqSet();
  const failed = new Map<string, number>();
  let [duplicates, late, skipped, outstanding] = [0, 0, 0, 0];
  let [timer, ridersTimer]: (NodeJS.Timeout | undefined)[] = [];
  let settled: (() => void) | undefined;
  let endsMs = Number.POSITIVE_INFINITY;
  const resends = new Set<NodeJS.Timeout>();

  const failure = (error: unknown) => {
    const code = String((error as { code?: unknown }).code ?? 'UNKNOWN');
    failed.set(code, (failed.get(code) ?? 0) + 1);
  };
  const finish = () => {
    if (--outstanding === 0) settled?.();
  };

  /** Promises of `publish` reject only with a JetlaneError; each is counted. */
  function send(message: Outgoing, counted: boolean): void {
    outstanding++;
    client
      .publish(message)
      .then((ack) => {
        if (!counted) return;
        if (ack.duplicate) duplicates++;
        acked.add(ack.seq);
      }, failure)
      .finally(finish);
  }

  function sendReport(): void {
    const report = simulation.report();
    if (outstanding >= OUTSTANDING_MAX) {
      skipped++;
      return;
    }
    if (nowMs() - report.takenAtMs > LATE_MS) late++;
    const message = LocationUpdated(report, { id: `${report.deviceId}:${report.takenAtMs}` });
    send(message, true);
    if (!random.chance(RESEND_CHANCE)) return;
    const resend = setTimeout(() => {
      resends.delete(resend);
      send(message, true);
    }, RESEND_AFTER_MS);
    resends.add(resend);
  }

  function tick(): void {
    const now = nowMs();
    while (simulation.dueMs <= now && simulation.dueMs < endsMs) sendReport();
    acked.takeNewRanges(); // only its bits are needed here
    timer = setTimeout(tick, Math.max(1, Math.min(100, simulation.dueMs - nowMs())));
  }

  function rides(): void {
    for (const request of simulation.riders.due(nowMs())) {
      const id = `${request.rideId}:${request.attempt}:${request.requestedAtMs}`;
      send(RideRequested(request, { id }), false);
    }
    for (const end of simulation.takeLegEnds()) {
      onLegEnded(end);
      const { rideId, driverId, atMs } = end;
      const ended = end.leg === 'pick-up' ? RidePickedUp : RideArrived;
      send(ended({ rideId, driverId, atMs }, { id: `${rideId}:${end.leg}:${atMs}` }), false);
    }
  }

  return {
    acked,
    failed,
    get duplicates() {
      return duplicates;
    },
    get late() {
      return late;
    },
    get skipped() {
      return skipped;
    },
    get outstanding() {
      return outstanding;
    },
    start(startMs, endMs = Number.POSITIVE_INFINITY) {
      endsMs = endMs;
      simulation.begin(startMs);
      tick();
      ridersTimer = setInterval(rides, RIDERS_EVERY_MS);
    },
    async stop() {
      clearTimeout(timer);
      clearInterval(ridersTimer);
      for (const resend of resends) clearTimeout(resend);
      if (outstanding === 0) return;
      await new Promise<void>((resolve) => {
        settled = resolve;
      });
    },
  };
}
