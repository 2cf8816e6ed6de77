/** The contests behind the ratios: each side in a process of its own, in turns, on a server of our own. */
import type { Duration } from '@jetlane/core';
import type { Child } from '../frame/child.ts';
import { BenchFailure } from '../frame/failure.ts';
import type { Stage } from '../frame/stage.ts';
import type { ConsumerName } from '../measure/consumer.ts';
import { playRounds, type Round } from '../measure/contest.ts';
import { type PositionStreamSettings, positionStream } from '../measure/position.ts';
import type { PublisherName } from '../measure/publisher.ts';
import {
  type DrainingChild,
  drainTurn,
  type ListeningChild,
  loadTurn,
  type OpenTurnResult,
  openFigures,
  openTurn,
  type PublishingChild,
  publishTurn,
  ROLES,
} from '../measure/turns.ts';
import { untilQuiet } from '../measure/until-quiet.ts';
import type { GrowResult, GrowRound } from '../roles/grower.ts';
import type { LoaderSetup, LoadResult, LoadRound } from '../roles/loader.ts';

/** How long it takes. */
export interface Sizes {
  readonly rounds: number;
  readonly roundMs: number;
  /** Messages that a stream holds before it is consumed. */
  readonly preload: number;
  /** Heap is read after each of these numbers of messages. */
  readonly heapAt: readonly number[];
}

/** Awaiting their ack, on every side. */
export const WINDOW = 1_024;
/** Messages that a consumer may hold. */
export const ROOM = 2_000;
/** Subjects. */
export const KEYS = 1_000;
/** Bytes of a message as JSON. */
export const SIZE = 128;
const WARM_UP_MS = 700;
const DEDUPE: Duration = '10s';

/**
 * Plays the sides of a contest in turns, each on a server that has done with the one before; the first round is a short one, for the
 * compiler, and is not kept.
 */
export async function take(
  stage: Stage,
  contest: string,
  rounds: number,
  sides: (durationMs?: number) => Parameters<typeof playRounds>[1],
): Promise<Round[]> {
  const before = (round: string) => async (_: number, side: string) => {
    if (stage.signal.aborted) throw new BenchFailure('interrupted before the end: no ratios');
    stage.progress.show(`${contest}: ${round}, ${side}`);
    await untilQuiet(stage);
  };
  await playRounds(1, sides(WARM_UP_MS), before('warm-up'));
  const played: Round[] = [];
  for (let i = 1; i <= rounds; i++)
    played.push(...(await playRounds(1, sides(), before(`round ${i} of ${rounds}`))));
  return played;
}

/** `client.publish`, idiomatic `js.publish` and unconfirmed core publish, all with 1,024 on their way. */
export async function publishContest(stage: Stage, { rounds, roundMs }: Sizes): Promise<Round[]> {
  const ours = await openSide(stage, 'jetlane', 'PUB_A');
  const idiomatic = await openSide(stage, 'js-publish', 'PUB_B');
  const ceiling = await openSide(stage, 'ceiling', 'PUB_C');
  const turn = (side: Side, durationMs: number) => async () => {
    const figures = await publishTurn(stage, side.child, { durationMs, window: WINDOW });
    await stage.connection.jsm.streams.purge(side.stream);
    return figures;
  };
  return take(stage, 'publish', rounds, (durationMs = roundMs) => ({
    jetlane: turn(ours, durationMs),
    idiomatic: turn(idiomatic, durationMs),
    ceiling: turn(ceiling, durationMs),
  }));
}

/** Worker, iterator with the same work, and a callback that only acks: on one stream, each with a new durable a round. */
export async function workContest(
  stage: Stage,
  { rounds, roundMs, preload }: Sizes,
): Promise<Round[]> {
  const loader = await openSide(stage, 'jetlane', 'WORK');
  stage.progress.show(`work: storing ${preload} messages`);
  await loader.child.round({ durationMs: 600_000, msgs: preload, window: WINDOW });
  let round = 0;
  const drainer = (side: ConsumerName): Promise<DrainingChild> =>
    stage.child(ROLES.drainer, {
      side,
      servers: stage.servers,
      stream: loader.stream,
      settings: SETTINGS,
      prefix: loader.prefix,
      room: ROOM,
    });
  const turn = (child: DrainingChild, durationMs: number) => async () => {
    round++;
    const durable = `drain-${round}`;
    const figures = await drainTurn(stage, child, { durable, durationMs, msgs: preload });
    await stage.connection.jsm.consumers.delete(loader.stream, durable);
    return figures;
  };
  const [worker, iterator, callback] = await Promise.all([
    drainer('worker'),
    drainer('iterator'),
    drainer('callback'),
  ]);
  return take(stage, 'work', rounds, (durationMs = roundMs) => ({
    worker: turn(worker, durationMs),
    iterator: turn(iterator, durationMs),
    callback: turn(callback, durationMs),
  }));
}

/** Who carries messages from end to end. */
export type Carrier = 'jetlane' | 'idiomatic' | 'core';

/** One open loop at a rate, for that long. */
export type Carry = (rate: number, durationMs: number) => Promise<OpenTurnResult>;

/** Publisher and consumer of each carrier, in processes of their own. `tag` tells two sets of one run apart. */
export async function openCarriers(
  stage: Stage,
  carriers: readonly Carrier[],
  tag: string,
): Promise<Readonly<Record<string, Carry>>> {
  const opened: Record<string, Carry> = {};
  for (const carrier of carriers) {
    const pair = await openCarrier(stage, carrier, tag);
    opened[carrier] = (rate, durationMs) =>
      openTurn(stage, { publisher: pair.publisher, listeners: [pair.listener], rate, durationMs });
  }
  return opened;
}

/** From the intended time of sending to the handler at a fixed rate. */
export async function endToEndContest(
  stage: Stage,
  { rounds, roundMs }: Sizes,
  { rate, against }: { readonly rate: number; readonly against: Carrier },
): Promise<Round[]> {
  const carriers = await openCarriers(stage, ['jetlane', against], `${rate / 1_000}K`);
  return take(stage, `end to end at ${rate}/s`, rounds, (durationMs = roundMs) =>
    Object.fromEntries(
      Object.entries(carriers).map(([name, carry]) => [
        name,
        async () => openFigures(await carry(rate, durationMs)),
      ]),
    ),
  );
}

/** `publishAll` by fast ingest against `publishAll` by our own window. */
export async function bulkContest(stage: Stage, { rounds, roundMs }: Sizes): Promise<Round[]> {
  const open = async (mode: LoaderSetup['mode']) => {
    const { stream, prefix } = await makeStream(stage, `BULK_${mode.toUpperCase()}`);
    const shape = { prefix, keys: KEYS, size: SIZE };
    const setup: LoaderSetup = { mode, servers: stage.servers, shape, window: WINDOW };
    const child: Child<LoadRound, LoadResult> = await stage.child(ROLES.loader, setup);
    return async (durationMs: number) => {
      const figures = await loadTurn(stage, child, { durationMs });
      await stage.connection.jsm.streams.purge(stream);
      return figures;
    };
  };
  const ingest = await open('ingest');
  const window = await open('plain');
  return take(stage, 'bulk', rounds, (durationMs = roundMs) => ({
    ingest: () => ingest(durationMs),
    window: () => window(durationMs),
  }));
}

/** Three replicas against one, on three servers of this machine. */
export async function replicaContest(stage: Stage, { rounds, roundMs }: Sizes): Promise<Round[]> {
  return stage.branch(3, async (cluster) => {
    const three = await openSide(cluster, 'jetlane', 'R3', { ...SETTINGS, replicas: 3 });
    const one = await openSide(cluster, 'jetlane', 'R1', { ...SETTINGS, replicas: 1 });
    const turn = (side: Side, durationMs: number) => async () => {
      const figures = await publishTurn(cluster, side.child, { durationMs, window: WINDOW });
      await cluster.connection.jsm.streams.purge(side.stream);
      return figures;
    };
    return take(cluster, 'replicas', rounds, (durationMs = roundMs) => ({
      r3: turn(three, durationMs),
      r1: turn(one, durationMs),
    }));
  });
}

/** Heap of a process that publishes and works, after so many messages each. */
export async function heapContest(stage: Stage, { heapAt }: Sizes): Promise<GrowResult[]> {
  const settings = { ...SETTINGS, jetstream: { max_msgs: 200_000 } };
  const { stream, prefix } = await makeStream(stage, 'HEAP', settings);
  const shape = { prefix, keys: KEYS, size: SIZE };
  const setup = { servers: stage.servers, stream, settings, shape, window: WINDOW, room: ROOM };
  const child: Child<GrowRound, GrowResult> = await stage.child(ROLES.grower, setup);
  const results: GrowResult[] = [];
  for (const msgs of heapAt) {
    const result = await child.round({ msgs }, (count) =>
      stage.progress.show(`heap: ${count} of ${heapAt.at(-1)} messages`),
    );
    if (stage.signal.aborted) throw new BenchFailure('interrupted before the end: no ratios');
    results.push(result);
  }
  return results;
}

/** Of every stream. */
export const SETTINGS: PositionStreamSettings = { dedupeWindow: DEDUPE };

/** A stream, and where its subjects begin. */
export interface Named {
  readonly stream: string;
  readonly prefix: string;
}

/** A stream with a process that publishes to it. */
export interface Side extends Named {
  readonly child: PublishingChild;
}

interface Pair {
  readonly publisher: PublishingChild;
  readonly listener: ListeningChild;
}

/** Creates a stream of the run. */
export async function makeStream(
  stage: Stage,
  what: string,
  settings: PositionStreamSettings = SETTINGS,
): Promise<Named> {
  const stream = stage.nameFor(what);
  const prefix = `bench-${what.toLowerCase().replace('_', '-')}-${stage.id}`;
  await stage.createStream(positionStream(stream, prefix, settings));
  return { stream, prefix };
}

/** Creates a stream of the run, and starts a process that publishes to it. */
export async function openSide(
  stage: Stage,
  side: PublisherName,
  what: string,
  settings: PositionStreamSettings = SETTINGS,
): Promise<Side> {
  const named = await makeStream(stage, what, settings);
  return { ...named, child: await publisher(stage, side, named.prefix) };
}

function publisher(stage: Stage, side: PublisherName, prefix: string): Promise<PublishingChild> {
  const shape = { prefix, keys: KEYS, size: SIZE };
  return stage.child(ROLES.publisher, { side, servers: stage.servers, shape, window: WINDOW });
}

function openCarrier(stage: Stage, carrier: Carrier, tag: string): Promise<Pair> {
  if (carrier === 'core') return openCorePair(stage, tag.toLowerCase());
  if (carrier === 'jetlane') return openPair(stage, `E2E_A${tag}`, 'jetlane', 'worker');
  return openPair(stage, `E2E_B${tag}`, 'js-publish', 'iterator');
}

async function openPair(
  stage: Stage,
  what: string,
  publishing: PublisherName,
  consuming: ConsumerName,
): Promise<Pair> {
  const side = await openSide(stage, publishing, what);
  return { publisher: side.child, listener: await listener(stage, side, consuming) };
}

async function openCorePair(stage: Stage, tag: string): Promise<Pair> {
  const prefix = `bench-core-${tag}-${stage.id}`;
  return {
    listener: await listener(stage, { stream: '', prefix }, 'core'),
    publisher: await publisher(stage, 'core', prefix),
  };
}

function listener(
  stage: Stage,
  { stream, prefix }: Named,
  side: ConsumerName,
): Promise<ListeningChild> {
  const { servers } = stage;
  const setup = { side, servers, stream, settings: SETTINGS, prefix, durable: 'listen' };
  return stage.child(ROLES.listener, { ...setup, from: 'new', room: ROOM });
}
