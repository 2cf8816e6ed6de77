/**
 * One of three servers loses the network to the other two; clients still reach all. Every route between servers goes through
 * a proxy of its own, which forwards nothing while the partition lasts and keeps its connections open, as a lost network does.
 * One publisher is tied to each server: the one of the lone server must get no ack for what it sends meanwhile.
 */
import type { Connection } from '@jetlane/core';
import { type FaultProxy, startFaultProxy } from '@jetlane/testing';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { leaderOf } from '../leader.ts';
import {
  auditPublishing,
  type Moments,
  NOTHING_HANDLED,
  type Publishing,
  startPublishing,
  storedOnce,
} from '../publishing.ts';
import type { Disturbance } from '../recovery.ts';
import type { Stage } from '../stage.ts';

const RESUME_MAX_MS = 60_000;
const CALM_MS = 2_000;

/** See the head of this file. */
export const networkPartition = fault({
  name: 'network-partition',
  does: 'cut one of three servers off the other two',
  expects: 'the lone server acknowledges nothing; what was acknowledged is stored, once',
  nodes: [3],
  settings: {
    small: { partitions: 1, ratePerSecond: 300, beyondMinMs: 500, beyondMaxMs: 1_000 },
    full: { partitions: 30, ratePerSecond: 600, beyondMinMs: 1_000, beyondMaxMs: 8_000 },
  },
  limitMs: { small: 180_000, full: 2_400_000 },
  async run(stage, settings) {
    const routes = new Routes();
    const broker = await stage.broker({ routeVia: (...pair) => routes.via(stage, ...pair) });
    const connection = await stage.connection(broker);
    const publishers = await startPublishers(stage, broker, settings.ratePerSecond / 3);
    const done: Partition[] = [];
    for (let number = 0; number < settings.partitions; number++) {
      await stage.pause(CALM_MS);
      const partition = await cutOff(stage, {
        broker,
        connection,
        routes,
        publishers,
        number,
        settings,
      });
      done.push(partition);
      const { lone, leader, attempted, acked } = partition;
      stage.say(
        `partition ${number + 1} of ${settings.partitions}: n${lone + 1}${leader ? ', the leader,' : ''} alone for ${partition.healedAtMs - partition.beganAtMs} ms, acknowledged ${acked} of ${attempted}`,
      );
    }
    await stage.pause(CALM_MS);
    const reports = await Promise.all(publishers.map((each) => each.finish()));
    const audit = await auditPublishing(publishers, connection, done);
    const sum = (of: (each: Partition) => number) => done.reduce((all, each) => all + of(each), 0);
    const attempted = sum((each) => each.attempted);
    const ackedAlone = sum((each) => each.acked);
    const elections = sum((each) => (each.elected ? 1 : 0));
    return {
      acked: audit.acked,
      lost: audit.lost,
      redelivered: reports.reduce((all, { duplicates }) => all + duplicates, 0),
      duplicates: audit.duplicates,
      ...NOTHING_HANDLED,
      faultsInjected: done.length,
      recoveredMs: audit.recoveredMs,
      safe: [
        storedOnce(audit),
        {
          says: 'the minority acknowledged nothing that was sent to it',
          holds: ackedAlone === 0,
          found: `${ackedAlone} of ${attempted}`,
        },
      ],
      bite: [
        {
          says: 'messages were sent to the lone server',
          holds: attempted > 0 && done.every((each) => each.attempted > 0),
          found: `${attempted} in ${done.length} partitions`,
        },
        {
          says: 'the others elected a leader of the stream when they lost theirs',
          holds: elections > 0,
          found: `${elections} of ${sum((each) => (each.leader ? 1 : 0))} times`,
        },
      ],
      figures: {
        undisturbedPerSecond: audit.undisturbedPerSecond,
        majorityResumedMaxMs: Math.max(...done.map(({ resumedMs }) => resumedMs)),
        heldBytes: routes.heldBytes,
        longestMs: Math.max(...done.map(({ beganAtMs, healedAtMs }) => healedAtMs - beganAtMs)),
      },
    };
  },
});

/** The proxies between servers, by pair. */
class Routes {
  readonly #pairs: { readonly from: number; readonly to: number; readonly proxy: FaultProxy }[] =
    [];

  async via(stage: Stage, from: number, to: number, target: string): Promise<string> {
    const proxy = await startFaultProxy({ target });
    stage.defer(() => proxy.close());
    this.#pairs.push({ from, to, proxy });
    return proxy.url;
  }

  /** From now on nothing passes between this server and the others. */
  cutOff(server: number): void {
    for (const { from, to, proxy } of this.#pairs)
      if (from === server || to === server) proxy.halfOpen();
  }

  heal(): void {
    for (const { proxy } of this.#pairs) proxy.heal();
  }

  get heldBytes(): number {
    return this.#pairs.reduce((sum, { proxy }) => sum + proxy.counts.heldBytes, 0);
  }
}

interface Partition extends Disturbance {
  /** The server that was alone. */
  readonly lone: number;
  /** Whether it led the stream before. */
  readonly leader: boolean;
  /** Whether the others have another leader now. */
  readonly elected: boolean;
  /** What was sent to it while it was alone, and what of that it acknowledged. */
  readonly attempted: number;
  readonly acked: number;
  /** From the cut to the first ack of the others for something sent after it. */
  readonly resumedMs: number;
}

interface Scene {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly routes: Routes;
  /** One for each server. */
  readonly publishers: readonly Publishing[];
  readonly number: number;
  readonly settings: { readonly beyondMinMs: number; readonly beyondMaxMs: number };
}

async function cutOff(stage: Stage, scene: Scene): Promise<Partition> {
  const { broker, connection, routes, publishers, number, settings } = scene;
  const drawn = stage.between(0, broker.servers.length - 1);
  const server = await leaderOf(connection, broker, 'CHAOS');
  const leading = server === undefined ? -1 : broker.servers.indexOf(server);
  // The leader every other time, and the first: it is the one that could acknowledge alone.
  const lone = number % 2 === 0 && leading >= 0 ? leading : drawn;
  routes.cutOff(lone);
  const beganAtMs = Date.now();
  const others = publishers.filter((_, index) => index !== lone);
  const isAfter = ({ sentAtMs, ackedAtMs }: Moments) =>
    sentAtMs > beganAtMs && ackedAtMs !== undefined;
  const resumed = () => others.map((each) => [...each.read().values()].find(isAfter));
  await stage.until(
    () => resumed().every((moments) => moments !== undefined),
    RESUME_MAX_MS,
    'both publishers of the majority to resume',
  );
  await stage.pause(stage.between(settings.beyondMinMs, settings.beyondMaxMs));
  const healedAtMs = Date.now();
  const meanwhile = [...(publishers[lone]?.read().values() ?? [])].filter(
    ({ sentAtMs }) => sentAtMs > beganAtMs && sentAtMs < healedAtMs,
  );
  routes.heal();
  await broker.ready();
  const next = await leaderOf(connection, broker, 'CHAOS');
  const firstAcks = resumed().map((moments) => moments?.ackedAtMs ?? Number.NaN);
  return {
    beganAtMs,
    healedAtMs,
    lone,
    leader: lone === leading,
    elected: lone === leading && next !== undefined && next !== server,
    attempted: meanwhile.length,
    // Read before healing: whatever has an ack by then got it from the lone server.
    acked: meanwhile.filter(({ ackedAtMs }) => ackedAtMs !== undefined).length,
    resumedMs: Math.max(...firstAcks) - beganAtMs,
  };
}

async function startPublishers(
  stage: Stage,
  broker: Broker,
  ratePerSecond: number,
): Promise<Publishing[]> {
  const publishers: Publishing[] = [];
  for (const [index, url] of broker.urls.entries()) {
    const options = { ratePerSecond, urls: [url], prefix: `n${index + 1}`, pinned: true };
    publishers.push(await startPublishing(stage, broker, options));
  }
  return publishers;
}
