import type {
  AnyDefinition,
  Check,
  Definitions,
  NotCovered,
  NotShared,
  Patterns,
} from './check.ts';
import { configInvalid } from './error.ts';
import { shorten, show } from './show.ts';
import { streamProblems } from './stream-check.ts';
import type { Duration, Size } from './unit.ts';

/** What `client.start` accepts. Starting a stream only creates it. */
export interface Runnable {
  readonly name: string;
  readonly kind: 'stream' | 'worker' | 'schedule' | 'app';
}

/** A JetStream stream and what it carries. */
export interface Stream<N extends string, D extends AnyDefinition, By = never> extends Runnable {
  readonly name: N;
  readonly kind: 'stream';
  readonly messages: readonly D[];
  /** The subject token that partitions go by; undefined without partitions. */
  readonly partitionedBy: By;
  /** Patterns that it stores. */
  readonly subjects: readonly string[];
  /** As given; what is absent has its documented default. */
  readonly options: Readonly<StreamSettings>;
  /** How its messages are spread over partitions; undefined without. */
  readonly partitions: Readonly<StreamPartitions> | undefined;
}

/**
 * Defines a stream. `name` is UPPER_CASE (letters, digits and `_`) and under 32 characters. Touches
 * no network. Throws one `CONFIG_INVALID` listing every problem.
 *
 * @example
 * ```ts
 * const Orders = stream('ORDERS', {
 *   subjects: ['orders.>'],
 *   messages: [OrderPlaced, OrderPaid],
 *   maxAge: '30d',
 *   maxBytes: '10GiB',
 * });
 * ```
 */
export function stream<
  const N extends string,
  const S extends Patterns,
  const D extends Definitions,
  const By extends string = never,
>(name: N, options: StreamOptions<S, D, By>): Stream<N, D[number], By> {
  const problems = streamProblems(name, options);
  if (problems.length > 0)
    throw configInvalid(
      `stream ${typeof name === 'string' ? shorten(name, 64) : show(name)}`,
      problems,
    );
  const { subjects, messages, partitions, ...settings } = options;
  return Object.freeze({
    name,
    kind: 'stream' as const,
    messages: Object.freeze([...(messages as readonly D[number][])]),
    partitionedBy: partitions?.by as By,
    partitions: partitions as StreamPartitions | undefined,
    subjects: Object.freeze([...subjects]),
    options: Object.freeze(settings),
  });
}

/** Options keep their JetStream meaning; "default" means Jetlane's. */
export interface StreamOptions<S extends Patterns, D extends Definitions, By extends string = never>
  extends StreamSettings {
  /**
   * Patterns to store: `*` matches one token, a final `>` one or more. Empty for a mirror, and where
   * `sources` are all there is.
   */
  subjects: S;
  /** What it carries. A message that `subjects` does not cover fails to compile. */
  messages: { [I in keyof D]: Check<D[I], NotCovered<S[number], D[I]>> } & D;
  /**
   * Spread messages over partitions by a subject token that all of them have, for `partitioned` workers: each partition is
   * handled by one process at a time. `count`, 1 to 256, is final: it decides which keys share a partition. Only with
   * retention `'limits'`, and with neither `mirror` nor `subjectTransform`. Default: off.
   */
  partitions?: { by: Check<By, NotShared<By, D[number]>>; count: number };
}

/** How a stream keeps its messages. */
export interface StreamSettings {
  /**
   * False binds to a stream that somebody else made: it is never created, changed or deleted, and
   * only has to exist. Default true.
   */
  managed?: boolean;
  /** For people, shown by NATS tools. Default: none. */
  description?: string;
  /** Keep until a limit, until all workers acked, or until one worker acked. Default `'limits'`. */
  retention?: 'limits' | 'interest' | 'workqueue';
  /** Default: forever. */
  maxAge?: Duration;
  /** Default: unlimited; set it, because a full disk stops every stream on the server. */
  maxBytes?: Size;
  /** Default: unlimited. */
  maxMsgs?: number;
  /** Default: unlimited; 1 keeps the last value of each subject. */
  maxMsgsPerSubject?: number;
  /** Default: the server's `max_payload`, normally 1 MiB. */
  maxMsgSize?: Size;
  /** Durables and other consumers at a time. Default: unlimited. */
  maxConsumers?: number;
  /** At a limit, drop the oldest, or refuse with `STREAM_FULL`. Default `'old'`. */
  discard?: 'old' | 'new' | 'new-per-subject';
  /** How long an id is stored only once; costs server memory per message. Default `'2m'`. */
  dedupeWindow?: Duration;
  /** Copies on different servers, 1 to 5; three survive the loss of one. Default 1. */
  replicas?: number;
  /** On disk, or in memory and lost when its servers stop. Default `'file'`. */
  storage?: 'file' | 'memory';
  /**
   * Ack after the write, or before it: faster, but a killed server loses acked messages. Async
   * needs one replica and file storage. Neither waits for fsync: replicas guard against power loss.
   * Default `'written'`.
   */
  durability?: 'written' | 'async';
  /** On disk. Default `'none'`. */
  compression?: 'none' | 's2';
  /** Refuse to delete single messages. Cannot be taken back. Default false. */
  denyDelete?: boolean;
  /** Refuse to purge. Cannot be taken back. Default false. */
  denyPurge?: boolean;
  /** Which servers hold it. Default: any. */
  placement?: { cluster?: string; tags?: readonly string[] };
  /** Send a copy of each stored message to plain NATS subscribers, at most once. Default: off. */
  republish?: { from?: string; to: string; headersOnly?: boolean };
  /** Store under another subject. Default: off. */
  subjectTransform?: { from: string; to: string };
  /** Keep a read-only copy of another stream; `subjects` must be empty. Default: off. */
  mirror?: StreamMirror;
  /** Also store what other streams store. Default: none. */
  sources?: readonly StreamSource[];
  /** Text by key, kept with the stream. Default: none. */
  metadata?: Readonly<Record<string, string>>;
  /** Raw `StreamConfig` fields, merged last, for whatever is not listed here. */
  jetstream?: Readonly<Record<string, unknown>>;
}

/** How a stream's messages are spread. */
export interface StreamPartitions {
  /** Subject token that decides the partition: equal values are in the same one. */
  by: string;
  /** How many there are. Final. */
  count: number;
}

/** The stream that a mirror copies. */
export interface StreamMirror {
  name: string;
  /** First position to copy. Default: the first there is. */
  startSeq?: number;
  /** Only these subjects. Default: all. */
  filter?: string;
  /** JetStream domain of that stream. Default: the same. */
  domain?: string;
}

/** A stream to store from. */
export interface StreamSource extends StreamMirror {
  /** Store under other subjects; not together with `filter`. Default: as they are. */
  subjectTransforms?: readonly { from: string; to: string }[];
}
