import type { AnyStream, Catalog, DecodeLimits, Message } from '@jetlane/contracts';
import type { ClientInbox, Inbox } from '../inbox/inbox.ts';
import type { PartitionSpec } from '../partitions/partition-spec.ts';
import type { Timetable } from '../schedule/timetable.ts';
import type { AckPolicy } from './ack-policy.ts';
import type { Bounds } from './adaptive-limit.ts';
import type { BreakerSpec } from './breaker.ts';
import type { HandlerSpec } from './handler.ts';
import type { RateLimitSpec } from './rate-limit.ts';
import type { RetryPolicy } from './retry-policy.ts';

/** A worker with every default filled in and every unit parsed: what runs. */
export interface WorkerSpec {
  readonly name: string;
  readonly stream: AnyStream;
  readonly handlers: readonly HandlerSpec[];
  readonly catalog: Catalog;
  /** Subject filters of the durable, without those that Jetlane adds for replays. */
  readonly filters: readonly string[];
  readonly startAt: 'first' | 'new' | Date;
  readonly ackPolicy: AckPolicy;
  /** Handlers at once; the most of them where the limit is `adaptive`. */
  readonly concurrency: number;
  /** Undefined where the limit is fixed. */
  readonly adaptive: Bounds | undefined;
  /** Messages that one process holds at once, waiting and running; twice that where many wait in their lanes. */
  readonly room: number;
  /** Bytes of the messages that one process holds at once. */
  readonly maxBytes: number;
  /** `Infinity` where the server waits for no acks. */
  readonly maxAckPending: number;
  readonly ackWaitMs: number;
  readonly timeoutMs: number;
  /** The lane of a message; undefined where nothing is ordered. */
  readonly laneOf: ((message: Message) => string) | undefined;
  readonly onFailure: 'hold' | 'skip';
  /** How its messages are spread over processes; undefined where any process may have any of them. */
  readonly partitions?: PartitionSpec | undefined;
  readonly validate: 'always' | 'foreign';
  readonly retry: RetryPolicy;
  readonly breaker: BreakerSpec | undefined;
  readonly rateLimits: readonly RateLimitSpec[];
  readonly deadLetter: string | false;
  /** Undefined: handlers run at least once. */
  readonly inbox?: Inbox<unknown> | ClientInbox<unknown> | undefined;
  readonly limits: DecodeLimits;
  readonly jetstream: Readonly<Record<string, unknown>>;
  /** When its messages come, where it handles the ticks of a schedule. */
  readonly timetable?: Timetable;
}
