/** What the apps declare, and who has which partition. See `../wire.ts`. */
import type { Gap } from './answers.ts';

/** What the given apps declare; does not change while the studio runs. */
export interface AppView {
  readonly apps: readonly { readonly name: string; readonly streams: readonly string[] }[];
  readonly workers: readonly WorkerView[];
  readonly messages: readonly MessageTypeView[];
}

/** A type of message. */
export interface MessageTypeView {
  readonly type: string;
  readonly kind: 'event' | 'command';
  readonly version: number;
  /** `orders.placed.{orderId}` */
  readonly subject: string;
  readonly stream: string;
  /** Workers that handle it. */
  readonly handledBy: readonly string[];
}

/** A worker as an app declares it, every default filled in. */
export interface WorkerView {
  readonly name: string;
  readonly app: string;
  readonly stream: string;
  /** Its durables on the server: one, or one for each partition of its queue. */
  readonly durables: readonly { readonly stream: string; readonly consumer: string }[];
  readonly handlers: readonly {
    readonly types: readonly string[];
    /** Messages at once, where it takes batches. */
    readonly batch: number | null;
  }[];
  readonly filters: readonly string[];
  /** `first`, `new`, or a date. */
  readonly startAt: string;
  readonly ackPolicy: string;
  readonly concurrency: number;
  /** Where its limit follows the latency. */
  readonly adaptive: { readonly min: number; readonly max: number } | null;
  readonly maxAckPending: number | null;
  readonly ackWaitMs: number;
  readonly timeoutMs: number;
  /** Equal keys run one at a time; null where nothing is ordered. */
  readonly ordered: { readonly onFailure: 'hold' | 'skip' } | null;
  readonly partitions: number | null;
  readonly retry: {
    /** Null: no limit. */
    readonly attempts: number | null;
    readonly minDelayMs: number;
    readonly maxDelayMs: number;
    readonly withinMs: number | null;
    /** How many rules for certain errors. */
    readonly rules: number;
  };
  readonly breaker: { readonly failures: number; readonly openForMs: number } | null;
  readonly rateLimits: readonly {
    readonly messages: number;
    readonly perMs: number;
    readonly burst: number;
    readonly byKey: boolean;
  }[];
  /** Where it buries; null where it does not. */
  readonly deadLetters: string | null;
  /** Whether its effects happen once. */
  readonly inbox: boolean;
  /** When its ticks come, where it is a schedule: `every day at …`; else null. */
  readonly schedule: string | null;
}

/** Who has which partition. Read at most every two seconds, however many ask. */
export interface PartitionsAnswer {
  readonly atMs: number;
  readonly partitions: readonly PartitionRow[];
  readonly gaps: readonly Gap[];
}

/** One partition of a partitioned worker. */
export interface PartitionRow {
  readonly worker: string;
  readonly stream: string;
  readonly partition: number;
  /** `host/pid`; null: nobody that answers. */
  readonly owner: string | null;
  readonly pinned: boolean;
  readonly lag: number;
  readonly ackPending: number;
  /** Age of its oldest message that is not settled. */
  readonly oldestMs: number | null;
}
