/**
 * What the studio's server and its page say to each other. Types only, and nothing of Node: the page imports this file.
 *
 * All paths are relative to where the studio is mounted, which ends in a slash. Reading is GET, acting is POST with the token.
 * Every answer is JSON with status 200, except that what failed is {@link ErrorAnswer} with another one: 400 the request is
 * wrong, 403 refused, 404 not there, 409 not possible now, 413 too large, 503 the server of NATS does not answer.
 *
 * | path                                                         | answers               |
 * | ------------------------------------------------------------ | --------------------- |
 * | GET `api/session`                                            | {@link Session}       |
 * | GET `api/app`                                                | {@link AppView}       |
 * | GET `api/live`                                               | {@link LiveEvents}, server-sent events |
 * | GET `api/snapshot`                                           | {@link Snapshot}, once |
 * | GET `api/streams?q&offset&limit`                             | {@link Page} of {@link StreamRow} |
 * | GET `api/stream?stream`                                      | {@link StreamDetail}  |
 * | GET `api/consumers?stream&q&offset&limit`                    | {@link Page} of {@link ConsumerRow} |
 * | GET `api/consumer?stream&consumer`                           | {@link ConsumerDetail} |
 * | GET `api/partitions`                                         | {@link PartitionsAnswer} |
 * | GET `api/messages?stream&subject&seq&time&direction&limit`   | {@link MessagesAnswer}, see {@link MessagesQuery} |
 * | GET `api/message?stream&seq`                                 | {@link MessageDetail} |
 * | GET `api/dead-letters?in`                                    | {@link DeadLettersAnswer} |
 * | GET `api/letters?in&stream&worker&reason&errorCode&after&limit` | {@link LettersAnswer} |
 * | GET `api/letter?in&seq`                                      | {@link LetterDetail}  |
 * | POST `api/actions/pause` {@link PauseRequest}                | {@link ActionAnswer}  |
 * | POST `api/actions/resume` {@link ResumeRequest}              | {@link ActionAnswer}  |
 * | POST `api/actions/replay` {@link ReplayRequest}              | {@link ActionAnswer}  |
 * | POST `api/actions/forget` {@link ForgetRequest}              | {@link ActionAnswer}  |
 *
 * Names, subjects, headers and bodies come from other programs: they are text, never markup. Times are milliseconds since 1970.
 * Rates are per second, and null until two samples are known. Without a limit a number is null.
 */

/** Header that carries the token of {@link Session} with every POST. */
export type TokenHeader = 'x-jetlane-token';

/** What went wrong, in words that can be shown as they are. */
export interface ErrorAnswer {
  readonly error: {
    /** A code of JetlaneError, or `BAD_REQUEST`, `NOT_FOUND`, `REFUSED`, `BUSY`, `DISCONNECTED`. */
    readonly code: string;
    readonly words: string;
  };
}

/** What a page is told first. */
export interface Session {
  /** Sent back with every action; null where none is allowed. A new one with each start of the server: ask again after a 403. */
  readonly token: string | null;
  /** Whether this page may act. */
  readonly mayAct: boolean;
  /** Why not, and how to allow it; null where it may. */
  readonly whyNot: string | null;
  /** Version of the studio. */
  readonly version: string;
  /** Names of the apps that it knows; empty where it was started without one. */
  readonly apps: readonly string[];
  /** Shown as title: a name, or the server's. */
  readonly title: string;
}

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
  /** What could not be read, and why: a page shows these beside what it could read. */
  readonly gaps: readonly Gap[];
}

/** Something that is missing from an answer. */
export interface Gap {
  /** What is missing: `the account's limits`, `consumers of ORDERS`. */
  readonly what: string;
  /** `PERMISSION_DENIED`, `CONNECTION_LOST`, `LIMIT`, … */
  readonly code: string;
  /** Why, and what to do about it. */
  readonly words: string;
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
  /** By how much the acknowledged part grew. */
  readonly settledPerSec: number | null;
  /** Short words where something asks for attention: `nobody pulls`, `at its cap`; else null. */
  readonly attention: string | null;
}

/** The pause of a consumer. */
export interface PauseView {
  /** Null: until it is resumed. */
  readonly untilMs: number | null;
}

/** One page of a longer list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly offset: number;
  /** How many there are with this `q`. */
  readonly total: number;
  readonly gaps: readonly Gap[];
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

/** A line for a shell, quoted. */
export interface CommandView {
  /** `this message`, `what this filter shows`. */
  readonly label: string;
  readonly command: string;
}

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

/** Which messages; in the query of `api/messages`. */
export interface MessagesQuery {
  readonly stream: string;
  /** With `*` and `>`; default `>`. */
  readonly subject?: string;
  /** Where to begin, the message there included. Not together with `time`. */
  readonly seq?: number;
  /** ISO 8601, or milliseconds since 1970: `newer` begins with the first message from then on, `older` with the last before. */
  readonly time?: string;
  /** Default `older`. Without `seq` and `time`, `older` begins at the end and `newer` at the beginning of the stream. */
  readonly direction?: 'older' | 'newer';
  /** 1 to 200; default 50. */
  readonly limit?: number;
}

/** Messages, newest first whatever the direction was. */
export interface MessagesAnswer {
  readonly stream: string;
  readonly subject: string;
  readonly messages: readonly MessageRow[];
  /** `seq` to go on with in direction `older`; null: there are none. */
  readonly older: number | null;
  /** `seq` to go on with in direction `newer`: also at the end of the stream, where what comes will be. */
  readonly newer: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Fewer were found than were asked for, since the search took too long: go on with `older` or `newer`. Else null. */
  readonly cutShort: string | null;
  readonly commands: readonly CommandView[];
}

/** A message in a list. */
export interface MessageRow {
  readonly stream: string;
  readonly seq: number;
  readonly timeMs: number;
  /** The first 512 characters. */
  readonly subject: string;
  /** `ce-type`; else what its subject says, where exactly one declared type has it; else null. */
  readonly type: string | null;
  /** `ce-id`, else `Nats-Msg-Id`. */
  readonly id: string | null;
  /** Of the payload. */
  readonly bytes: number;
  /** The first 200 characters of its body on one line. */
  readonly preview: string;
  readonly bodyKind: BodyKind;
}

/** How a body was read. `contract`: by the declaration of its type. `hex`: not known, or broken. */
export type BodyKind = 'contract' | 'msgpack' | 'json' | 'text' | 'hex' | 'empty';

/** A body as text. */
export interface BodyView {
  readonly kind: BodyKind;
  /** JSON (two spaces indented) for `contract`, `msgpack` and `json`; else text, or lines of hex. */
  readonly text: string;
  /** Not all is in `text`: how many bytes the payload has, and how many of them are shown. Else null. */
  readonly cut: { readonly bytes: number; readonly shownBytes: number } | null;
  /** Why it could not be read as its headers or its contract say; null where it could. */
  readonly problem: string | null;
}

/** A message with all there is to know. */
export interface MessageDetail {
  readonly row: MessageRow;
  /** In full. */
  readonly subject: string;
  /** In their order; a name may come twice. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Those that were too many or too long to be shown. */
  readonly headersCut: number;
  readonly contentType: string | null;
  readonly body: BodyView;
  /** Neighbours in the stream, by sequence; null at its ends. */
  readonly previous: number | null;
  readonly next: number | null;
  readonly commands: readonly CommandView[];
}

/** A stream that keeps dead letters. */
export interface DeadLetterStream {
  readonly name: string;
  /** Those in it, marks aside; an upper bound where {@link DeadLetterStream.exact} is false. */
  readonly count: number;
  readonly exact: boolean;
}

/** Dead letters of one stream by worker and error. Read at most every two seconds, however many ask. */
export interface DeadLettersAnswer {
  readonly in: string;
  readonly atMs: number;
  /** The most frequent first. */
  readonly groups: readonly LetterGroup[];
  /** How many were looked at: the oldest 10,000 at most. */
  readonly looked: number;
  /** False: there are more than were looked at. */
  readonly complete: boolean;
  readonly gaps: readonly Gap[];
}

/** Dead letters of one worker with one error. */
export interface LetterGroup {
  readonly stream: string;
  readonly worker: string;
  readonly reason: string;
  readonly errorCode: string;
  /** Words of the newest. */
  readonly error: string;
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** The newest three, newest first. */
  readonly samples: readonly LetterRow[];
}

/** A dead letter in a list. */
export interface LetterRow {
  /** Position in the dead letter stream. */
  readonly seq: number;
  readonly stream: string;
  readonly streamSeq: number;
  readonly worker: string;
  readonly subject: string;
  readonly type: string | null;
  readonly id: string | null;
  readonly reason: string;
  readonly error: string;
  readonly errorCode: string;
  readonly errorName: string;
  readonly attempts: number;
  readonly replays: number;
  readonly buriedMs: number;
  readonly bytes: number;
  readonly preview: string;
}

/** Dead letters, oldest first. */
export interface LettersAnswer {
  readonly in: string;
  readonly letters: readonly LetterRow[];
  /** `after` of the next page; null: there are no more. */
  readonly next: number | null;
}

/** A dead letter with all there is to know. */
export interface LetterDetail {
  readonly in: string;
  readonly row: LetterRow;
  /** When its stream stored the message. */
  readonly timeMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly headersCut: number;
  readonly body: BodyView;
  /** Size of a body that did not fit into the record. */
  readonly truncatedBytes: number | null;
  readonly commands: readonly CommandView[];
}

/** Stops the delivery to one durable, or to all those of a worker. Over all processes; what they hold is handled to its end. */
export interface PauseRequest {
  readonly stream: string;
  /** Exactly one of `consumer` and `worker`. */
  readonly consumer?: string;
  readonly worker?: string;
  /** From 1,000 to 31,536,000,000; null: until it is resumed. */
  readonly forMs: number | null;
}

/** Lets it go on. */
export type ResumeRequest = Omit<PauseRequest, 'forMs'>;

/** Which dead letters: all conditions must hold, and at least one besides `in` must be given. */
export interface LetterFilter {
  /** The dead letter stream; default `DLQ`. */
  readonly in?: string;
  readonly seq?: number;
  readonly stream?: string;
  readonly worker?: string;
  /** As {@link LetterGroup} has them. */
  readonly reason?: string;
  readonly errorCode?: string;
}

/** Sends dead letters back. */
export interface ReplayRequest extends LetterFilter {
  /** To the worker that gave up and nobody else, or to the original subject. Default `worker`. */
  readonly to?: 'worker' | 'subject';
  /** At most so many a second. Default: no limit. */
  readonly rate?: number;
}

/** Deletes dead letters for good. */
export type ForgetRequest = LetterFilter;

/** What an action did. */
export interface ActionAnswer {
  /** `Replayed 12 dead letters of billing.` */
  readonly words: string;
  /** How many durables, or dead letters. */
  readonly count: number;
  /** Dead letters that were left where they are; the first 100. */
  readonly skipped: readonly { readonly seq: number; readonly why: string }[];
}
