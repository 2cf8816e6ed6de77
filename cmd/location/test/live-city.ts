/**
 * A city that lives without nats-server: the simulation's reports, and what the services' own logic makes of them, go straight to a
 * gateway. For what is about the page and not about messages: many drivers, odd viewers, servers that come and go.
 */
import type { StorySession } from '#figures';
import type { TrailEntry } from '#wire';
import { generateCity } from '../src/city/city.ts';
import type { Socket } from '../src/gateway/cell.ts';
import { type Gateway, startGateway } from '../src/gateway/gateway.ts';
import { news } from '../src/gateway/news.ts';
import { RideBoard } from '../src/gateway/ride-board.ts';
import { type TrailMessage, trailEntry } from '../src/gateway/trail-entry.ts';
import { trails } from '../src/gateway/trails.ts';
import { type Viewer, Viewers } from '../src/gateway/viewers.ts';
import { nowMs } from '../src/ledger/clock.ts';
import { arrivalEstimator } from '../src/services/arrival.ts';
import { driverIndex } from '../src/services/driver-index.ts';
import { fraudDetector } from '../src/services/fraud-detector.ts';
import { priceBoard } from '../src/services/price-board.ts';
import { type Report, type Simulation, simulation } from '../src/simulation/simulation.ts';

/** What to start. */
export interface LiveCityOptions {
  /** 0: nobody drives. */
  readonly drivers?: number;
  readonly intervalMs?: number;
  readonly port?: number;
  /** What pages are told that they should be. */
  readonly build?: string;
}

/** A city that runs. */
export interface LiveCity {
  readonly gateway: Gateway;
  readonly viewers: Viewers;
  /** Of the pages that came so far. */
  readonly sockets: readonly Socket[];
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

class WatchedViewers extends Viewers {
  readonly sockets: Socket[] = [];
  override join(socket: Socket): Viewer {
    this.sockets.push(socket);
    return super.join(socket);
  }
}

const SEED = 7;
/** There is no demo behind this gateway that one could break. */
const NO_STORY: StorySession = { token: null, whyNot: 'nothing to break here', history: [] };
const STEP_MS = 20;
const PRICES_EVERY_MS = 500;
const ESTIMATE_EVERY_MS = 20_000;
const KEPT = 40;

/** Starts it, and with drivers lets them report from now on. */
export async function liveCity(options: LiveCityOptions = {}): Promise<LiveCity> {
  const { drivers = 0, intervalMs = 1000, port = 0, build } = options;
  const viewers = new WatchedViewers();
  const known = news();
  const board = new RideBoard(viewers);
  const kept = new Map<string, TrailEntry[]>();
  const followed = trails(({ of, id }) => Promise.resolve(kept.get(`${of}:${id}`) ?? []));
  const gateway = await startGateway({
    host: '127.0.0.1',
    port,
    city: generateCity(SEED),
    viewers,
    trails: followed,
    greeting: known.greeting,
    extend: (app) => void app.get('/story', (context) => context.json(NO_STORY)),
    ...(build === undefined ? {} : { build }),
  });
  let seq = 0;
  const heard = (of: 'driver' | 'ride', id: string, type: string, data: object) => {
    const subject = of === 'driver' ? `location.updated.x.${id}` : `rides.x.${id}`;
    const stream = of === 'driver' ? 'LOCATIONS' : 'RIDES';
    const message: TrailMessage = { stream, seq: ++seq, subject, type, storedAtMs: nowMs(), data };
    const entries = kept.get(`${of}:${id}`) ?? [];
    kept.set(`${of}:${id}`, [...entries, trailEntry(message)].slice(-KEPT));
    followed.heard({ of, id }, () => message);
  };
  const stop =
    drivers > 0 ? drive({ drivers, intervalMs, viewers, board, known, heard }) : () => {};
  return {
    gateway,
    viewers,
    sockets: viewers.sockets,
    url: gateway.url,
    port: Number(new URL(gateway.url).port),
    async close() {
      stop();
      await gateway.close();
    },
  };
}

interface Drive {
  readonly drivers: number;
  readonly intervalMs: number;
  readonly viewers: Viewers;
  readonly board: RideBoard;
  readonly known: ReturnType<typeof news>;
  readonly heard: (of: 'driver' | 'ride', id: string, type: string, data: object) => void;
}

/** Takes a report as gateway and services together would. */
function reporter({ viewers, board, known, heard }: Drive, world: Simulation) {
  const index = driverIndex();
  const detect = fraudDetector();
  const prices = priceBoard();
  const arrival = arrivalEstimator(world.city);
  const estimated = new Map<string, number>();
  const estimate = (data: Report, trip: NonNullable<Report['trip']>) => {
    const { rideId, leg } = trip;
    const madeAtMs = data.takenAtMs;
    if (madeAtMs - (estimated.get(`${rideId} ${leg}`) ?? 0) < ESTIMATE_EVERY_MS) return;
    estimated.set(`${rideId} ${leg}`, madeAtMs);
    const arrivesAtMs = arrival({ ...data, trip });
    board.estimated(rideId, leg, arrivesAtMs);
    heard('ride', rideId, 'EtaEstimated', { rideId, leg, arrivesAtMs, madeAtMs });
  };
  const report = (data: Report) => {
    const { driverId, takenAtMs: atMs } = data;
    board.seen(data, viewers.see(data));
    heard('driver', driverId, 'LocationUpdated', data);
    index.see(data);
    prices.driver(data);
    const flag = detect(data);
    if (flag) {
      known.flagged({ ...flag, atMs });
      viewers.flag(driverId);
      heard('driver', driverId, 'DriverFlagged', { ...flag, atMs });
    }
    if (data.trip) estimate(data, data.trip);
  };
  return { index, prices, report };
}

function drive(options: Drive): () => void {
  const { drivers, intervalMs, viewers, board, known, heard } = options;
  const world = simulation({ seed: SEED, drivers, intervalMs });
  const { index, prices, report } = reporter(options, world);
  world.begin(nowMs());

  function step(): void {
    const now = nowMs();
    while (world.dueMs <= now) report(world.report());
    for (const request of world.riders.due(now)) {
      board.requested(request);
      heard('ride', request.rideId, 'RideRequested', request);
      if (request.attempt === 1) prices.rider(request.cell, now);
      const found = index.takeNearest(request.pickUp, now);
      if (!found) {
        world.riders.askAgain(request.rideId, request.attempt, now);
        continue;
      }
      setTimeout(() => match(request, found.driverId), 1500).unref();
    }
    for (const { rideId, leg, atMs } of world.takeLegEnds()) {
      if (leg === 'pick-up') board.pickedUp(rideId, atMs);
      else board.arrived(rideId, atMs);
      heard('ride', rideId, leg === 'pick-up' ? 'RidePickedUp' : 'RideArrived', { rideId, atMs });
    }
  }

  function match(request: ReturnType<typeof world.riders.due>[number], driverId: string): void {
    const { rideId, attempt, pickUp, dropOff } = request;
    const matched = { rideId, attempt, driverId, pickUp, dropOff, matchedAtMs: nowMs() };
    if (!world.riders.match(rideId, attempt, () => world.assign(driverId, matched))) {
      return world.riders.askAgain(rideId, attempt, nowMs());
    }
    board.matched(matched, viewers.lastOf(driverId)?.cell);
    heard('ride', rideId, 'RideMatched', matched);
  }

  const timers = [
    setInterval(step, STEP_MS),
    setInterval(() => {
      const atMs = nowMs();
      for (const { cell, multiplier } of prices.changes(atMs)) known.surge(cell, multiplier);
      known.tell(viewers);
      board.sweep(atMs);
    }, PRICES_EVERY_MS),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
