/** From two readings to how everything stands: sums, and what changed a second between them. Pure. */
import type { Percentiles, ReportedWorker } from '@jetlane/core';
import { type Ages, consumerKey } from './oldest.ts';
import type { ReadConsumer, Reading, ReadStream } from './reading.ts';

/** How everything stands. Rates are undefined until two readings are there. */
export interface Standing {
  readonly atMs: number;
  readonly streams: readonly StreamStanding[];
  /** Dead letters that wait, of these streams. */
  readonly deadLetters: number;
}

/** A stream, with sums over its consumers. */
export interface StreamStanding extends Figures {
  readonly name: string;
  /** False: declared, and the server does not have it. */
  readonly exists: boolean;
  readonly managed: boolean;
  readonly subjects: readonly string[];
  readonly retention: string;
  readonly storage: string;
  readonly replicas: number;
  readonly messages: number;
  readonly bytes: number;
  /** Messages stored a second. */
  readonly storedPerS: number | undefined;
  readonly consumers: readonly ConsumerStanding[];
}

/** A consumer, or all durables of a partitioned worker together. */
export interface ConsumerStanding extends Figures {
  readonly name: string;
  readonly managed: boolean;
  readonly ackPolicy: string;
  /** How many durables share the work of a partitioned worker; undefined for any other. */
  readonly partitions: number | undefined;
  /** Pull requests that wait; undefined where the server pushes. */
  readonly pulls: number | undefined;
  /** RFC 3339. */
  readonly pausedUntil: string | undefined;
  /** Processes that work on it and told so; undefined: none did. */
  readonly processes: number | undefined;
  /** Something that asks for attention, in few words. */
  readonly note: string | undefined;
}

/** What consumers have, and streams sum up. */
export interface Figures {
  /** Stored, not delivered yet. */
  readonly lag: number;
  /** Delivered, not settled. */
  readonly ackPending: number;
  /** Undefined: no cap. */
  readonly maxAckPending: number | undefined;
  /** Delivered more than once, not settled. */
  readonly redelivered: number;
  /** Deliveries a second, redeliveries too. */
  readonly deliveredPerS: number | undefined;
  /** Deliveries that ended a second: acknowledged, or delivered again. */
  readonly donePerS: number | undefined;
  /** How long the oldest message that is not settled has been stored; undefined: there is none, or it was not looked at. */
  readonly oldestMs: number | undefined;
  /**
   * How long what was acknowledged since the look before had been stored, told by the processes that work. Of a stream: of its slowest
   * consumer. Undefined: nothing was, or nobody tells.
   */
  readonly latencyMs: Percentiles | undefined;
  /** The same from delivery to acknowledgement. */
  readonly handlingMs: Percentiles | undefined;
  /** Dead letters that wait. */
  readonly deadLetters: number;
}

/** What is known besides a reading. */
export interface Beside {
  readonly ages?: Ages;
  /** What processes told. */
  readonly told?: readonly ReportedWorker[];
  /** Streams that are expected: those that are not there are said to be missing. */
  readonly names?: readonly string[] | undefined;
}

/** How everything stands at `now`. */
export function standing(
  before: Reading | undefined,
  now: Reading,
  { ages = new Map(), told = [], names = [] }: Beside = {},
): Standing {
  const earlier = new Map((before?.streams ?? []).map((stream) => [stream.name, stream]));
  const own = now.streams.filter(({ queueOf }) => queueOf === undefined);
  const parts = { now, earlier, ages, told: byWorker(told) };
  const streams = own.map((stream) => toStream(stream, parts));
  const known = new Set(now.streams.map(({ name }) => name));
  const missing = names.filter((name) => !known.has(name)).map(absent);
  return {
    atMs: now.atMs,
    streams: [...streams, ...missing],
    deadLetters: now.deadLetters.reduce((sum, { count }) => sum + count, 0),
  };
}

interface Parts {
  readonly now: Reading;
  readonly earlier: ReadonlyMap<string, ReadStream>;
  readonly ages: Ages;
  readonly told: ReadonlyMap<string, ReportedWorker>;
}

function toStream(stream: ReadStream, parts: Parts): StreamStanding {
  const { name, managed, subjects, retention, storage, replicas, messages, bytes } = stream;
  const queues = parts.now.streams.filter(({ queueOf }) => queueOf?.stream === name);
  const consumers = [
    ...stream.consumers.map((consumer) => toConsumer(stream, consumer, parts)),
    ...queues.map((queue) => toPartitioned(queue, parts)),
  ];
  const earlier = parts.earlier.get(name);
  return {
    name,
    exists: true,
    managed,
    subjects,
    retention,
    storage,
    replicas,
    messages,
    bytes,
    storedPerS: perSecond(earlier, stream, ({ lastSeq }) => lastSeq),
    ...sumOf(consumers),
    // Of workers that are gone, too.
    deadLetters: lettersOf(parts.now, name),
    consumers,
  };
}

function toConsumer(stream: ReadStream, consumer: ReadConsumer, parts: Parts): ConsumerStanding {
  const { name, managed, ackPolicy, pulls, pausedUntil } = consumer;
  const { lag, ackPending, maxAckPending, redelivered } = consumer;
  const earlier = parts.earlier
    .get(stream.name)
    ?.consumers.find((each) => each.name === name && each.created === consumer.created);
  return {
    name,
    managed,
    ackPolicy,
    partitions: undefined,
    pulls,
    pausedUntil,
    note: noteOf(consumer),
    lag,
    ackPending,
    maxAckPending,
    redelivered,
    deliveredPerS: perSecond(earlier, consumer, ({ delivered }) => delivered),
    donePerS: perSecond(earlier, consumer, (each) => each.delivered - each.ackPending),
    oldestMs: parts.ages.get(consumerKey(stream.name, name)),
    ...toldOf(stream.name, name, parts),
    deadLetters: lettersOf(parts.now, stream.name, name),
  };
}

/** A partitioned worker reads a queue of its own, which is fed from its stream, through a durable for each partition. */
function toPartitioned(queue: ReadStream, parts: Parts): ConsumerStanding {
  const { worker, stream } = queue.queueOf as NonNullable<ReadStream['queueOf']>;
  const durables = queue.consumers.map((consumer) => toConsumer(queue, consumer, parts));
  const notes = durables.flatMap(({ note }) => (note === undefined ? [] : [note]));
  const sum = sumOf(durables);
  return {
    ...sum,
    name: worker,
    managed: queue.managed,
    ackPolicy: 'explicit',
    partitions: durables.length,
    pulls: durables.reduce((total, { pulls = 0 }) => total + pulls, 0),
    pausedUntil: durables.find(({ pausedUntil }) => pausedUntil !== undefined)?.pausedUntil,
    ...toldOf(stream, worker, parts),
    note: notes.length === 0 ? undefined : `${notes[0]} (${notes.length} of ${durables.length})`,
    lag: sum.lag + queue.sourceLag,
    deadLetters: lettersOf(parts.now, stream, worker),
  };
}

function byWorker(told: readonly ReportedWorker[]): ReadonlyMap<string, ReportedWorker> {
  return new Map(told.map((each) => [consumerKey(each.stream, each.worker), each]));
}

function toldOf(
  stream: string,
  worker: string,
  { told }: Parts,
): Pick<ConsumerStanding, 'processes' | 'latencyMs' | 'handlingMs'> {
  const { processes, latencyMs, handlingMs } = told.get(consumerKey(stream, worker)) ?? {};
  return { processes: processes?.length, latencyMs, handlingMs };
}

function noteOf(consumer: ReadConsumer): string | undefined {
  const { lag, ackPending, maxAckPending = Number.POSITIVE_INFINITY } = consumer;
  if (consumer.pausedUntil !== undefined) return 'paused';
  if (ackPending >= maxAckPending) return 'at its cap';
  // A worker that is full asks for nothing either, but then something is out.
  if (lag > 0 && ackPending === 0 && !consumer.attended && consumer.ackPolicy !== 'none')
    return 'nobody pulls';
  return undefined;
}

function sumOf(all: readonly Figures[]): Figures {
  const sum = (of: (one: Figures) => number) => all.reduce((total, one) => total + of(one), 0);
  const known = (of: (one: Figures) => number | undefined) =>
    all.every((one) => of(one) !== undefined) ? sum((one) => of(one) ?? 0) : undefined;
  const ages = all.flatMap(({ oldestMs }) => (oldestMs === undefined ? [] : [oldestMs]));
  return {
    lag: sum(({ lag }) => lag),
    ackPending: sum(({ ackPending }) => ackPending),
    maxAckPending: all.length === 0 ? undefined : known(({ maxAckPending }) => maxAckPending),
    redelivered: sum(({ redelivered }) => redelivered),
    deliveredPerS: known(({ deliveredPerS }) => deliveredPerS),
    donePerS: known(({ donePerS }) => donePerS),
    oldestMs: ages.length === 0 ? undefined : Math.max(...ages),
    latencyMs: slowest(all.map(({ latencyMs }) => latencyMs)),
    handlingMs: slowest(all.map(({ handlingMs }) => handlingMs)),
    deadLetters: sum(({ deadLetters }) => deadLetters),
  };
}

function slowest(all: readonly (Percentiles | undefined)[]): Percentiles | undefined {
  return all.reduce((most, one) => ((one?.p99 ?? -1) > (most?.p99 ?? -1) ? one : most), undefined);
}

/** Undefined without a reading before, and where counting began anew. */
function perSecond<T extends { readonly atMs: number }>(
  before: T | undefined,
  now: T,
  of: (one: T) => number,
): number | undefined {
  if (before === undefined || now.atMs <= before.atMs) return undefined;
  const grown = of(now) - of(before);
  return grown < 0 ? undefined : (grown * 1000) / (now.atMs - before.atMs);
}

function lettersOf({ deadLetters }: Reading, stream: string, worker?: string): number {
  return deadLetters
    .filter((each) => each.stream === stream && (worker === undefined || each.worker === worker))
    .reduce((sum, { count }) => sum + count, 0);
}

function absent(name: string): StreamStanding {
  const nothing = { messages: 0, bytes: 0, retention: '', storage: '', replicas: 0 };
  const rest = { name, exists: false, managed: false, subjects: [], consumers: [] };
  return { ...rest, ...nothing, storedPerS: undefined, ...sumOf([]) };
}
