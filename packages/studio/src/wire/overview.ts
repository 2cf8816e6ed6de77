/** The overview: the server, its streams and their consumers. See `../wire.ts`. */
import type { CommandView, Gap } from './answers.ts';
import type { MessageTypeView } from './apps.ts';
import type { DeadLetterStream } from './letters.ts';
import type { ToldWorker } from './told.ts';

/** Events of `api/live`. Each is one JSON document, and each replaces the one before. */
export interface LiveEvents {
  /** About once a second; at once to a page that comes. */
  readonly snapshot: Snapshot;
}

/** How everything is now. Bounded: see {@link Snapshot.streamsTotal} and {@link StreamRow.consumersTotal}. */
export interface Snapshot {
  /** Counts up; the same for every page. */
  readonly number: number;
  readonly atMs: number;
  /** `disconnected`: no connection to NATS, the rest is as it was last; it is tried again without end. */
  readonly state: 'connected' | 'disconnected';
  /** Since when. */
  readonly stateSinceMs: number;
  /** What reading all this took. */
  readonly readMs: number;
  /** Milliseconds until the next one, as a rule; larger where reading takes long. */
  readonly everyMs: number;
  readonly server: ServerView | null;
  readonly account: AccountView | null;
  readonly totals: Totals;
  /** By name. The first 200 at most; the rest is at `api/streams`. */
  readonly streams: readonly StreamRow[];
  readonly streamsTotal: number;
  /** Streams that keep dead letters, and how many: more at `api/dead-letters`. */
  readonly deadLetters: readonly DeadLetterStream[];
  /** Workers whose processes told of them, the first 1,000; none before the second snapshot. */
  readonly told: readonly ToldWorker[];
  /** What could not be read, and why: a page shows these beside what it could read. */
  readonly gaps: readonly Gap[];
}

/** The nats-server that the studio is connected to. */
export interface ServerView {
  readonly name: string;
  readonly version: string;
  /** `host:port`, without credentials. */
  readonly address: string;
  /** Null where it is no cluster. */
  readonly cluster: string | null;
  readonly domain: string | null;
  readonly maxPayloadBytes: number;
  /** Round trip, measured with this snapshot; null where it was not answered. */
  readonly rttMs: number | null;
}

/** What JetStream says about this account. */
export interface AccountView {
  readonly streams: Usage;
  readonly consumers: Usage;
  readonly memoryBytes: Usage;
  readonly storageBytes: Usage;
  /** Requests to the JetStream API so far, and those that failed. */
  readonly apiTotal: number;
  readonly apiErrors: number;
}

/** How much of a limit is used. */
export interface Usage {
  readonly used: number;
  /** Null: no limit. */
  readonly limit: number | null;
}

/** Sums over all streams and consumers that were read. */
export interface Totals {
  readonly messages: number;
  readonly bytes: number;
  /** Stored per second. */
  readonly storedPerSec: number | null;
  readonly deliveredPerSec: number | null;
  /** Of Jetlane's workers and other durables. */
  readonly lag: number;
  readonly ackPending: number;
  readonly redelivered: number;
  readonly deadLetters: number;
}

/** What a stream is for. */
export type StreamKind = 'stream' | 'dead-letters' | 'partition-queue' | 'bucket';

/** A stream in a list. */
export interface StreamRow {
  readonly name: string;
  /** `partition-queue`: feeds the processes of a partitioned worker, see {@link StreamRow.queueOf}. `bucket`: a key-value or object store. */
  readonly kind: StreamKind;
  /** Of a partition queue: whose it is. */
  readonly queueOf: { readonly worker: string; readonly stream: string } | null;
  /** Made by Jetlane. */
  readonly managed: boolean;
  /** Declared by an app of this studio. */
  readonly declared: boolean;
  readonly description: string | null;
  /** The first 32. */
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'interest' | 'workqueue';
  readonly storage: 'file' | 'memory';
  readonly replicas: number;
  readonly leader: string | null;
  /** Copies that are behind or away, in words; empty where all is well. */
  readonly copiesProblem: string | null;
  readonly messages: number;
  readonly bytes: number;
  readonly maxMessages: number | null;
  readonly maxBytes: number | null;
  readonly maxAgeMs: number | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** How many different subjects; null where the server did not say. */
  readonly subjectCount: number | null;
  readonly storedPerSec: number | null;
  /** Average size of its messages times {@link StreamRow.storedPerSec}. */
  readonly bytesPerSec: number | null;
  /** Workers first, then by name. In a snapshot 1,000 over all streams at most, the rest is at `api/consumers`. */
  readonly consumers: readonly ConsumerRow[];
  readonly consumersTotal: number;
}

/** What a consumer is for. `guard`: keeps schedules of a stream; nobody works for it. */
export type ConsumerKind = 'worker' | 'partition' | 'guard' | 'other';

/** A consumer in a list. */
export interface ConsumerRow {
  readonly name: string;
  readonly stream: string;
  readonly kind: ConsumerKind;
  /** The worker that it belongs to; null for other programs'. */
  readonly worker: string | null;
  /** The app that declares the worker, where this studio knows it. */
  readonly app: string | null;
  /** Of a partitioned worker, from 0. */
  readonly partition: number | null;
  readonly durable: boolean;
  readonly managed: boolean;
  /** Its description, as its maker wrote it. */
  readonly description: string | null;
  readonly filters: readonly string[];
  readonly ackPolicy: 'explicit' | 'all' | 'none' | 'flow-control';
  /** The server pushes to it; otherwise it is pulled. */
  readonly push: boolean;
  /** Messages not delivered yet. */
  readonly lag: number;
  /** Delivered, not acknowledged. */
  readonly ackPending: number;
  /** Null: no cap, or nothing is acknowledged. */
  readonly maxAckPending: number | null;
  /** Delivered more than once and not acknowledged yet. */
  readonly redelivered: number;
  /** Pull requests that wait: 0 and a lag mean that nobody works. Null for push. */
  readonly waiting: number | null;
  readonly ackWaitMs: number | null;
  readonly maxDeliver: number | null;
  readonly paused: PauseView | null;
  readonly lastDeliveredMs: number | null;
  readonly lastAckMs: number | null;
  /** Deliveries, redeliveries included. */
  readonly deliveredPerSec: number | null;
  /** Deliveries that ended: acknowledged, or delivered again. */
  readonly settledPerSec: number | null;
  /** Short words where something asks for attention: `nobody pulls`, `at its cap`; else null. */
  readonly attention: string | null;
}

/** The pause of a consumer. */
export interface PauseView {
  /** Null: until it is resumed. */
  readonly untilMs: number | null;
}

/** A stream, with its configuration as the server has it. */
export interface StreamDetail {
  readonly stream: StreamRow;
  readonly created: string;
  /** JSON, two spaces indented. */
  readonly configText: string;
  /** Types of messages that the apps declare on it. */
  readonly messages: readonly MessageTypeView[];
  readonly commands: readonly CommandView[];
}

/** A consumer, with its configuration as the server has it. */
export interface ConsumerDetail {
  readonly consumer: ConsumerRow;
  readonly created: string;
  readonly configText: string;
  /** Position: delivered up to here, acknowledged up to here, as stream sequences. */
  readonly deliveredSeq: number;
  readonly ackFloorSeq: number;
  readonly commands: readonly CommandView[];
}
