/** One look at the server for `jetlane top`: plain figures, as the server gave them at that moment. */
import type { Connection } from '@jetlane/core';
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { queueOf, type Surveyed, survey } from '../survey/survey.ts';

/** Everything that one look found. */
export interface Reading {
  /** The clock of this machine, since 1970. */
  readonly atMs: number;
  readonly streams: readonly ReadStream[];
  readonly deadLetters: readonly DeadLetterCount[];
  /** What the look took. */
  readonly tookMs: number;
}

/** A stream. */
export interface ReadStream {
  readonly name: string;
  /** Of a partitioned worker's queue: the worker, and the stream that it reads. */
  readonly queueOf: { readonly stream: string; readonly worker: string } | undefined;
  readonly managed: boolean;
  readonly subjects: readonly string[];
  readonly retention: string;
  readonly storage: string;
  readonly replicas: number;
  readonly messages: number;
  readonly bytes: number;
  /** Counts every message that was ever stored. */
  readonly lastSeq: number;
  /** What its sources hold and it has not copied yet. */
  readonly sourceLag: number;
  /** The server's clock at this figure. */
  readonly atMs: number;
  /** Whether its messages can be read without asking its leader. */
  readonly direct: boolean;
  readonly consumers: readonly ReadConsumer[];
}

/** A consumer. */
export interface ReadConsumer {
  readonly name: string;
  /** Another one with the same name begins to count anew. */
  readonly created: string;
  readonly managed: boolean;
  readonly durable: boolean;
  readonly ackPolicy: string;
  readonly filters: readonly string[];
  readonly lag: number;
  readonly ackPending: number;
  /** Undefined: no cap. */
  readonly maxAckPending: number | undefined;
  readonly redelivered: number;
  /** Counts every delivery, redeliveries too. */
  readonly delivered: number;
  /** Position in the stream up to which everything is settled. */
  readonly floorSeq: number;
  /** Whether somebody asks for messages, or is there to get them. */
  readonly attended: boolean;
  /** Pull requests that wait; undefined where the server pushes. */
  readonly pulls: number | undefined;
  /** RFC 3339. */
  readonly pausedUntil: string | undefined;
  /** The server's clock at this figure. */
  readonly atMs: number;
}

/** How many dead letters of one worker wait in one stream. */
export interface DeadLetterCount {
  readonly in: string;
  readonly stream: string;
  readonly worker: string;
  readonly count: number;
}

/**
 * Reads the server: streams, their consumers, dead letters by worker. Takes a request for 256 streams, one for 256 consumers of a
 * stream, and one for each stream of dead letters; eight are under way at once.
 *
 * With `names` only these streams, the queues of their partitioned workers, and the dead letters of both.
 *
 * @throws whatever the first request that fails says
 */
export async function read(connection: Connection, names?: readonly string[]): Promise<Reading> {
  const startedMs = performance.now();
  const { jsm } = connection;
  const wanted = (info: StreamInfo) =>
    names === undefined || names.includes(queueOf(info)?.stream ?? info.config.name);
  const surveyed = await survey(jsm, (info) => wanted(info) || holdsDeadLetters(info));
  const holders = surveyed.filter(({ info }) => holdsDeadLetters(info));
  const counts = await Promise.all(holders.map(({ info }) => countLetters(jsm, info)));
  const deadLetters = counts
    .flat()
    .filter(({ stream }) => names === undefined || names.includes(stream));
  const atMs = Date.now();
  return {
    atMs,
    streams: surveyed
      .filter(({ info }) => wanted(info))
      .map((each) => toStream(each, atMs, counts.flat())),
    deadLetters,
    tookMs: performance.now() - startedMs,
  };
}

const DEAD_LETTERS = /^_jl\.dlq[.-]/;

function holdsDeadLetters({ config }: StreamInfo): boolean {
  return (config.subjects ?? []).some((subject) => DEAD_LETTERS.test(subject));
}

/** Their subjects say whose they are: `_jl.dlq.ORDERS.billing`. */
async function countLetters(
  jsm: Connection['jsm'],
  { config }: StreamInfo,
): Promise<DeadLetterCount[]> {
  const root = (config.subjects ?? []).find((subject) => DEAD_LETTERS.test(subject)) ?? '';
  const filter = `${root.split('.').slice(0, 2).join('.')}.*.*`;
  const { state } = await jsm.streams.info(config.name, { subjects_filter: filter });
  return Object.entries(state.subjects ?? {}).map(([subject, count]) => {
    const [, , stream = '', worker = ''] = subject.split('.');
    return { in: config.name, stream, worker, count };
  });
}

function toStream(
  { info, consumers }: Surveyed,
  nowMs: number,
  letters: readonly DeadLetterCount[],
): ReadStream {
  const { config, state, sources = [] } = info;
  const own = letters.filter((each) => each.in === config.name);
  return {
    name: config.name,
    queueOf: queueOf(info),
    managed: config.metadata?.jetlane !== undefined,
    subjects: config.subjects ?? [],
    retention: config.retention,
    storage: config.storage,
    replicas: config.num_replicas,
    // Marks of last trials lie beside dead letters, and are none.
    messages: holdsDeadLetters(info)
      ? own.reduce((sum, { count }) => sum + count, 0)
      : state.messages,
    bytes: state.bytes,
    lastSeq: state.last_seq,
    sourceLag: sources.reduce((sum, source) => sum + (source.lag ?? 0), 0),
    atMs: timeOf(info.ts, nowMs),
    direct: config.allow_direct === true,
    consumers: consumers.map((each) => toConsumer(each, nowMs)),
  };
}

function toConsumer(info: ConsumerInfo, nowMs: number): ReadConsumer {
  const { config } = info;
  const pushes = config.deliver_subject !== undefined;
  const cap = config.max_ack_pending ?? 0;
  const filters = config.filter_subjects ?? (config.filter_subject ? [config.filter_subject] : []);
  return {
    name: info.name,
    created: info.created,
    managed: config.metadata?.jetlane !== undefined,
    durable: config.durable_name !== undefined,
    ackPolicy: config.ack_policy,
    filters,
    lag: info.num_pending,
    ackPending: info.num_ack_pending,
    maxAckPending: cap > 0 && config.ack_policy !== 'none' ? cap : undefined,
    redelivered: info.num_redelivered,
    delivered: info.delivered.consumer_seq,
    floorSeq: info.ack_floor.stream_seq,
    attended: pushes ? info.push_bound === true : info.num_waiting > 0,
    pulls: pushes ? undefined : info.num_waiting,
    pausedUntil: info.paused === true ? (config.pause_until ?? '') : undefined,
    atMs: timeOf(info.ts, nowMs),
  };
}

/** The server's clock, so that a rate does not depend on how long an answer took. */
function timeOf(ts: string | undefined, nowMs: number): number {
  const ms = Date.parse(ts ?? '');
  return Number.isNaN(ms) ? nowMs : ms;
}
