/** Turns a message that was given up on into its dead letter. Pure: the same on NATS and in the process. */
import type { EncodedMessage } from '@jetlane/contracts';
import type { Delivery } from '../bus.ts';
import { type BuryReason, errorCode } from '../worker/decide.ts';
import { deadLetterSubject, originalSubject, type WorkerAddress } from './subjects.ts';

/** Headers that a dead letter has beside the original ones. */
export const RECORD_HEADERS = {
  /** Why it was given up on: one of {@link BuryReason}. */
  reason: 'jl-reason',
  /** Words of the last error: one line, at most 1,000 characters, percent-encoded where not printable ASCII. */
  error: 'jl-error',
  errorCode: 'jl-error-code',
  errorName: 'jl-error-name',
  /** Deliveries, the crashed ones included. */
  attempts: 'jl-attempts',
  stream: 'jl-stream',
  /** Position in `jl-stream`. */
  seq: 'jl-seq',
  /** Subject as first published. */
  subject: 'jl-subject',
  durable: 'jl-durable',
  /** When the stream stored the message, RFC 3339. */
  time: 'jl-time',
  /** When it became a dead letter, RFC 3339. */
  buriedAt: 'jl-buried-at',
  /** Original `Nats-Msg-Id`. */
  msgId: 'jl-msg-id',
  /** Size in bytes of a body that was left out because the record did not fit. */
  truncated: 'jl-truncated',
  /** How often the message was replayed before. Also on the replayed message itself. */
  replays: 'jl-replays',
} as const;

/**
 * On a replay of a message that its publisher gave no id: when its stream stored it, in milliseconds since 1970. With its
 * position in `ce-id` that is what an inbox knows it by.
 */
export const STORED_AT = 'jl-stored-at';

/** How a message ended. */
export interface Burial {
  /** `max-deliver`: a consumer that Jetlane does not manage delivered it as often as it allows. */
  readonly reason: BuryReason | 'max-deliver';
  /** What the last attempt threw. */
  readonly error: unknown;
  /** Deliveries and retries in place, the last included. */
  readonly attempt: number;
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
  /**
   * The server's limit on headers and body together. A record over it leaves out, in this order and as far as needed,
   * the original headers and the body (`jl-truncated`), because one that the server refuses would be worse. Default: none.
   */
  readonly maxBytes?: number;
}

/** What is kept of a message. */
export type Buried = Pick<Delivery, 'subject' | 'payload' | 'seq' | 'timeMs' | 'headers'>;

/**
 * The dead letter of one delivery: original bytes, original headers without those that the server would act on, and
 * {@link RECORD_HEADERS}. Its id is `<STREAM>:<seq>:<durable>:<stored at>`, so that burying twice
 * stores once; the time tells positions of a stream from those of another that was made anew under its name. A replay has a
 * position of its own, so when it fails again that is a record of its own, which says how often it was replayed. Never throws.
 */
export function toRecord(delivery: Buried, worker: WorkerAddress, burial: Burial): EncodedMessage {
  const id = `${worker.stream.name}:${delivery.seq}:${worker.name}:${delivery.timeMs}`;
  const subject = deadLetterSubject(worker);
  const original = delivery.headers();
  const headers = {
    ...kept(original),
    ...described(delivery, worker, burial, original),
    'Nats-Msg-Id': id,
  };
  const record = { id, subject, headers, payload: delivery.payload };
  return burial.maxBytes === undefined ? record : fitted(record, burial.maxBytes);
}

/** Original headers: without `Nats-*`, which the server acts on, and without the record of an earlier burial. */
export function kept(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!NATS_HEADER.test(name) && !RECORD_NAMES.has(name.toLowerCase())) result[name] = value;
  }
  return result;
}

/** Text that any header can carry: one line, at most 1,000 characters, percent-encoded where not printable ASCII. */
export function toHeaderText(text: string): string {
  const line = text
    .slice(0, ERROR_LENGTH_MAX * 2)
    .replace(/\s+/g, ' ')
    .trim();
  let encoded = '';
  for (const character of line) {
    const next = PLAIN.test(character) ? character : percent(character);
    if (encoded.length + next.length > ERROR_LENGTH_MAX) break;
    encoded += next;
  }
  return encoded;
}

/** The text that {@link toHeaderText} made safe. Never throws: what is not an encoding stays as it is. */
export function fromHeaderText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The number in `jl-replays`: 0 where there is none, or something else. */
export function toReplays(text: string | undefined): number {
  return /^[1-9]\d{0,8}$/.test(text ?? '') ? Number(text) : 0;
}

const ERROR_LENGTH_MAX = 1_000;
const PLAIN = /^[\x20-\x24\x26-\x7e]$/;
const NATS_HEADER = /^nats-/i;
const RECORD_NAMES: ReadonlySet<string> = new Set(Object.values(RECORD_HEADERS));
/** `NATS/1.0`, line ends, and `: ` with its own line end for each header. */
const FRAME_BYTES = 12;
const HEADER_BYTES = 4;

function described(
  delivery: Buried,
  worker: WorkerAddress,
  { reason, error, attempt, nowMs }: Burial,
  original: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {
    [RECORD_HEADERS.reason]: reason,
    [RECORD_HEADERS.error]: toHeaderText(wordsOf(error)),
    [RECORD_HEADERS.errorCode]: errorCode(error),
    [RECORD_HEADERS.errorName]: toHeaderText(nameOf(error)),
    [RECORD_HEADERS.attempts]: String(attempt),
    [RECORD_HEADERS.stream]: worker.stream.name,
    [RECORD_HEADERS.seq]: String(delivery.seq),
    [RECORD_HEADERS.subject]: originalSubject(worker, delivery.subject),
    [RECORD_HEADERS.durable]: worker.name,
    [RECORD_HEADERS.time]: toTime(delivery.timeMs),
    [RECORD_HEADERS.buriedAt]: toTime(nowMs),
  };
  const msgId = original[RECORD_HEADERS.msgId] ?? original['Nats-Msg-Id'];
  if (msgId !== undefined) headers[RECORD_HEADERS.msgId] = msgId;
  const replays = toReplays(original[RECORD_HEADERS.replays]);
  if (replays > 0) headers[RECORD_HEADERS.replays] = String(replays);
  return headers;
}

/** What an error says, whatever was thrown. Never throws. */
export function wordsOf(error: unknown): string {
  try {
    if (error instanceof Error) return error.message === '' ? error.name : error.message;
    return error === undefined ? '' : String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}

function nameOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return typeof error;
    // `class CardDeclined extends Error {}` has the name of its base; operators look for the class.
    return error.name === 'Error' ? error.constructor.name || 'Error' : error.name;
  } catch {
    return 'Error';
  }
}

function toTime(ms: number): string {
  return new Date(Number.isFinite(ms) ? ms : 0).toISOString();
}

function percent(character: string): string {
  // A half of a surrogate pair stands for no character and cannot be encoded.
  if (/\p{Cs}/u.test(character)) return '%EF%BF%BD';
  return character === '%' ? '%25' : encodeURIComponent(character);
}

function fitted(record: EncodedMessage, maxBytes: number): EncodedMessage {
  if (sizeOf(record) <= maxBytes) return record;
  const own = Object.entries(record.headers).filter(
    ([name]) => RECORD_NAMES.has(name) || NATS_HEADER.test(name) || name === 'ce-id',
  );
  const bare = { ...record, headers: Object.fromEntries(own) };
  if (sizeOf(bare) <= maxBytes) return bare;
  const headers = { ...bare.headers, [RECORD_HEADERS.truncated]: String(record.payload.length) };
  return { ...bare, headers, payload: new Uint8Array(0) };
}

function sizeOf({ headers, payload }: EncodedMessage): number {
  let bytes = FRAME_BYTES + payload.length;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length + Buffer.byteLength(value) + HEADER_BYTES;
  }
  return bytes;
}
