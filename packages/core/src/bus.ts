/**
 * The port between Jetlane and whatever carries its messages. Two implementations: `nats/` talks to a
 * nats-server, `memory/` runs in this process. Everything above it (validation, lanes, retries, dead letters)
 * is one code for both, and one conformance suite keeps them alike.
 */
import type { AnyStream, EncodedMessage } from '@jetlane/contracts';
import type { Bucket, BucketSettings } from './bucket.ts';
import type { BulkPort } from './bulk/bulk-port.ts';
import type { Clock } from './clock.ts';
import type { WorkerSpec } from './worker/worker-spec.ts';

/** Proof of storage. */
export interface PublishAck {
  /** The stream that stored it. */
  readonly stream: string;
  /** Its position there, rising, with gaps. */
  readonly seq: number;
  /** True when this id was stored before, inside the deduplication window: nothing was stored twice. */
  readonly duplicate: boolean;
}

/** How the publishing of a client goes. */
export interface Publishing {
  /** Sent, without an ack. */
  readonly inFlight: number;
  /** Waiting for room in the window, or with `ordered` for an earlier message of their subject. */
  readonly waiting: number;
  /** Messages that may be in flight at the moment: `maxInFlight`, or what an adaptive window has come to. */
  readonly window: number;
  /** With an adaptive window, how long acks take: the median of the last eight that were measured. */
  readonly ackMs: number | undefined;
  /**
   * Who formats what is sent: `'own'`, Jetlane; `'client'`, the NATS client, which costs more and is used where its version is
   * not known from inside; `'none'`, nobody, in this process.
   */
  readonly frames: 'own' | 'client' | 'none';
}

/** What a client declares: what has to exist before it runs. */
export interface Topology {
  readonly streams: readonly AnyStream[];
  readonly workers: readonly WorkerSpec[];
  /** The app that declares them, if one does: what it declared before and does no longer may be removed. */
  readonly app?: string | undefined;
}

/** One message on its way to a handler, and the four ways to settle it. Settling twice does nothing. */
export interface Delivery {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Position in the stream. */
  readonly seq: number;
  /** Deliveries so far, this one included: 1 the first time. */
  readonly deliveryCount: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly timeMs: number;
  /** The same in fractions of a millisecond; absent where they are not known. */
  readonly storedMs?: number;
  /** Since when it waits for this worker, in milliseconds since 1970, where `timeMs` does not tell. */
  readonly queuedMs?: number;
  /** Matching messages behind this one that were not delivered yet. */
  readonly pending: number;
  /** One header, or undefined. Parsed on first use. */
  header(name: string): string | undefined;
  /** All headers; the last value wins where one repeats. */
  headers(): Record<string, string>;
  /** Done: never delivered again. */
  ack(): void;
  /** Deliver again after `delayMs`. Holds its ack-pending slot until then. */
  nak(delayMs: number): void;
  /** Still at work: restarts the ack wait. `renewed` is called once it is known to have been restarted, which may never be. */
  working(renewed?: () => void): void;
  /** Lets go of it without a word: another process may have it by now. */
  drop?(): void;
  /** Another delivery of the same message stands for it from now on. */
  forget?(): void;
  /** Never deliver again; unlike `ack` the server tells whoever monitors it why. */
  term(reason: string): void;
}

/** How a durable consumer stands, as far as known. */
export interface ConsumerState {
  /** Matching messages that were not delivered yet. */
  readonly lag: number;
  /** Delivered, not settled, over all processes. */
  readonly ackPending: number;
  readonly redelivered: number;
  /** Nothing is delivered before this time; undefined, or absent, when it is not paused. */
  readonly pausedUntil?: Date | undefined;
}

/** A running pull on one durable consumer. */
export interface Subscription {
  /** Says that `count` more deliveries may come. */
  release(count: number): void;
  /**
   * Says that `count` more deliveries than `Subscriber.room` and those allowed so far may be outstanding at once; fewer, where
   * it is negative: what is on its way already may still arrive.
   */
  widen(count: number): void;
  /**
   * Asks for no more; when it resolves, after `timeoutMs` at the latest, nothing further arrives. Settling what did
   * arrive still works.
   */
  stop(timeoutMs: number): Promise<void>;
  /** Asks for the consumer's state now. */
  state(): Promise<ConsumerState>;
}

/** What a subscription tells its owner. */
export interface Subscriber {
  /** Deliveries that may be outstanding at once: the bus never hands over more than was released. */
  readonly room: number;
  /** Bytes that may be outstanding at once; a message that is larger comes alone. */
  readonly maxBytes: number;
  deliver(delivery: Delivery): void;
  /**
   * Somebody else is to have these, by their positions: gives back, in order, what no handler runs on; what is running is
   * finished, and given back instead of retried.
   */
  withdraw?(seqs: readonly number[]): void;
  /** Nothing more will arrive: the stream is gone for good, or may not be read. */
  fail(error: Error): void;
}

/** Whether and how a stream keeps messages for later. */
export interface Scheduling {
  /** Why it cannot, in words; undefined when it can. */
  readonly problem: string | undefined;
  /** Whether a message may drop an earlier one of its subject. */
  readonly limitedPerSubject: boolean;
  /** How far the clock that the schedule goes by is ahead of this process's, in milliseconds. */
  readonly aheadMs: number;
}

/** A carrier of messages. */
export interface Bus {
  readonly clock: Clock;
  /** Largest payload plus headers in bytes. */
  readonly maxPayload: number;
  /** Many messages at once. Without it they go one by one. */
  readonly bulk?: BulkPort;
  /** How storing goes; absent where everything is stored at once. */
  readonly publishing?: Publishing;
  /** How long a publish may take; absent where everything is stored at once. */
  readonly publishTimeoutMs?: number;
  /**
   * Stores a message: bounded window, retries under the same id until the publish deadline, of which `waitedMs` are over.
   * @throws JetlaneError `NO_STREAM`, `STREAM_FULL`, `MESSAGE_TOO_LARGE`, `PUBLISH_TIMEOUT`, `PERMISSION_DENIED`, `CLOSED`
   */
  store(message: EncodedMessage, waitedMs?: number): Promise<PublishAck>;
  /**
   * Undefined while `store` may be called again at once; else a promise of when. Whoever has many messages awaits it, or
   * `store` refuses with `OVERLOADED`.
   */
  ready(): Promise<void> | undefined;
  /**
   * Resolves true for the first caller with this subject and false for every later one, crashes included; remembered for
   * a day. With it a worker marks a message that it is about to try for the last time.
   */
  claim(subject: string): Promise<boolean>;
  /** Takes a claim back. */
  unclaim(subject: string): Promise<void>;
  /**
   * The stream that stores a subject; undefined when none does.
   * @throws JetlaneError `PUBLISH_TIMEOUT` when nobody answers until the publish deadline, `CLOSED`
   */
  streamOf(subject: string): Promise<string | undefined>;
  /**
   * What a stream does with messages that say when they are due. May be remembered for some seconds.
   * @throws JetlaneError `CONNECTION_LOST`, `CLOSED`, `PERMISSION_DENIED`, `JETSTREAM_UNAVAILABLE`
   */
  scheduling(stream: string): Promise<Scheduling>;
  /**
   * Removes what waits on a subject of a stream's schedule. True when it waited and will not be delivered; false when nothing
   * waits there, or when it fell due before it could be removed.
   */
  cancel(stream: string, subject: string): Promise<boolean>;
  /** Creates or updates what is declared, or throws `TOPOLOGY_CONFLICT`. Deletes nothing. */
  prepare(topology: Topology): Promise<void>;
  /**
   * Opens a bucket, creating it or changing it in place where its settings differ.
   *
   * @throws JetlaneError `TOPOLOGY_CONFLICT`, `CONNECTION_LOST`, `CLOSED`
   */
  bucket(settings: BucketSettings): Promise<Bucket>;
  /** Begins to pull for one worker, whose durable exists. */
  subscribe(worker: WorkerSpec, subscriber: Subscriber): Promise<Subscription>;
  /** Resolves when every settlement so far has reached the server, or after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** Waits up to `timeoutMs` for what is being stored, refuses the rest with `CLOSED`, and ends. */
  close(timeoutMs: number): Promise<void>;
}
