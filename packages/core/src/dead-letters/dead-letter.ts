import { fromHeaderText, RECORD_HEADERS, toReplays } from './record.ts';

/** A message that a worker gave up on, as stored. */
export interface DeadLetter {
  /** Position in the dead letter stream: how operators name it. */
  readonly seq: number;
  /** The stream that the message came from. */
  readonly stream: string;
  /** Its position there. */
  readonly streamSeq: number;
  /** The worker that gave up, which is also its durable. */
  readonly worker: string;
  /** Subject as first published. */
  readonly subject: string;
  /** Why: `unreadable`, `rejected`, `not-retryable`, `attempts-exhausted`, `time-exhausted` or `crash-loop`. */
  readonly reason: string;
  /** Words of the last error. */
  readonly error: string;
  readonly errorCode: string;
  readonly errorName: string;
  /** Deliveries, the crashed ones included. */
  readonly attempts: number;
  /** When its stream stored it. */
  readonly time: Date;
  /** When it became a dead letter. */
  readonly buriedAt: Date;
  /** Id of the message: `ce-id`, else its `Nats-Msg-Id`, else undefined. */
  readonly id: string | undefined;
  /** Every header of the record, `jl-*` included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The original bytes. */
  readonly payload: Uint8Array;
  /** Size of a body that did not fit into the record; `payload` is empty then. */
  readonly truncatedBytes: number | undefined;
  /** How often this message was replayed before it failed again: 0 for one that failed for the first time. */
  readonly replays: number;
}

/** Which dead letters: all conditions must hold. */
export interface DeadLetterFilter {
  /** Of messages of this stream. */
  readonly stream?: string;
  /** Given up on by this worker. */
  readonly worker?: string;
  /** At this position of the dead letter stream. */
  readonly seq?: number;
  /** With this error code, error name or reason, or with this text in the error's words. Case does not matter. */
  readonly error?: string;
  /** With exactly this error code. */
  readonly errorCode?: string;
  /** With exactly this reason. */
  readonly reason?: string;
  /** At a later position than this one: for going on where a listing ended. */
  readonly after?: number;
}

/** What a dead letter stream stores under one subject. */
export interface StoredRecord {
  readonly seq: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  readonly time: Date;
}

/** Reads a stored record. What its headers lack is taken from its subject, so that nothing stored stays hidden. */
export function toDeadLetter({ seq, subject, headers, payload, time }: StoredRecord): DeadLetter {
  const [, , stream = '', worker = ''] = subject.split('.');
  const text = (name: string) => headers[name] ?? '';
  const id = headers['ce-id'];
  const truncated = headers[RECORD_HEADERS.truncated];
  return {
    seq,
    stream: headers[RECORD_HEADERS.stream] ?? stream,
    streamSeq: toCount(headers[RECORD_HEADERS.seq]),
    worker: headers[RECORD_HEADERS.durable] ?? worker,
    subject: text(RECORD_HEADERS.subject),
    reason: text(RECORD_HEADERS.reason),
    error: fromHeaderText(text(RECORD_HEADERS.error)),
    errorCode: text(RECORD_HEADERS.errorCode),
    errorName: fromHeaderText(text(RECORD_HEADERS.errorName)),
    attempts: toCount(headers[RECORD_HEADERS.attempts]),
    time: toDate(headers[RECORD_HEADERS.time], time),
    buriedAt: toDate(headers[RECORD_HEADERS.buriedAt], time),
    id: id === undefined ? headers[RECORD_HEADERS.msgId] : fromHeaderText(id),
    headers,
    payload,
    truncatedBytes: truncated === undefined ? undefined : toCount(truncated),
    replays: toReplays(headers[RECORD_HEADERS.replays]),
  };
}

/** Whether a dead letter is one that the filter means. */
export function matchesFilter(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  if (filter.stream !== undefined && letter.stream !== filter.stream) return false;
  if (filter.worker !== undefined && letter.worker !== filter.worker) return false;
  if (filter.seq !== undefined && letter.seq !== filter.seq) return false;
  if (filter.after !== undefined && letter.seq <= filter.after) return false;
  if (filter.errorCode !== undefined && letter.errorCode !== filter.errorCode) return false;
  if (filter.reason !== undefined && letter.reason !== filter.reason) return false;
  return filter.error === undefined || hasError(letter, filter.error.toLowerCase());
}

function hasError(letter: DeadLetter, wanted: string): boolean {
  const names = [letter.errorCode, letter.errorName, letter.reason];
  return (
    names.some((name) => name.toLowerCase() === wanted) ||
    letter.error.toLowerCase().includes(wanted)
  );
}

/** A count that somebody wrote; 0 where it is none. */
function toCount(text: string | undefined): number {
  const count = Number(text);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function toDate(text: string | undefined, otherwise: Date): Date {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? otherwise : date;
}
