/**
 * A retry that holds no ack-pending slot: the message waits in its stream's schedule and comes back, to its worker
 * alone, as a message of its own. What it brings along makes it the message that it was: position, time, attempts and
 * every header.
 */
import type { EncodedMessage } from '@jetlane/contracts';
import { replaySubject } from '../dead-letters/subjects.ts';
import { expiryOf } from './expiry.ts';
import { retrySchedule } from './schedule-subjects.ts';

/** A message that is to come back, as it was when it was first delivered. */
export interface Departing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly seq: number;
  readonly timeMs: number;
  /** Attempts so far, the one that failed included. */
  readonly attempt: number;
  headers(): Record<string, string>;
}

/** Who a message was before it waited. */
export interface Origin {
  readonly seq: number;
  readonly timeMs: number;
  /** Attempts before this one. */
  readonly attempts: number;
}

/**
 * What to store so that `message` comes back to one worker at `dueMs`. Its id and subject follow from position and
 * attempt, so that storing it again changes nothing. Undefined when its own ttl ends before: then it must not come back.
 */
export function toComeback(
  message: Departing,
  worker: { readonly stream: string; readonly durable: string },
  dueMs: number,
): EncodedMessage | undefined {
  const { seq, timeMs, attempt, payload } = message;
  const original = message.headers();
  const expiresMs = expiryOf(original['Nats-TTL'], timeMs) ?? Number.POSITIVE_INFINITY;
  if (expiresMs <= dueMs) return undefined;
  const id = `${worker.durable}:${seq}:${attempt}`;
  const headers: Record<string, string> = {};
  for (const name in original)
    headers[SERVERS.test(name) ? `${KEPT}${name}` : name] = original[name] as string;
  headers[ATTEMPTS] = String(attempt);
  headers[SEQ] = String(seq);
  headers[TIME] = String(timeMs);
  headers['Nats-Msg-Id'] = id;
  headers['Nats-Schedule'] = `@at ${new Date(dueMs).toISOString()}`;
  headers['Nats-Schedule-Target'] = replaySubject(worker.stream, worker.durable, message.subject);
  if (expiresMs !== Number.POSITIVE_INFINITY)
    headers['Nats-Schedule-TTL'] = `${Math.max(1, Math.ceil((expiresMs - dueMs) / 1_000))}s`;
  headers['Nats-TTL'] = 'never';
  return { id, subject: retrySchedule(worker, { seq, attempt }), headers, payload };
}

/** Who a message that came back was; undefined for any other. */
export function originOf(header: (name: string) => string | undefined): Origin | undefined {
  const [seq, timeMs, attempts] = [SEQ, TIME, ATTEMPTS].map((name) => Number(header(name)));
  if (!isCount(seq) || !isCount(attempts)) return undefined;
  return { seq, attempts, timeMs: Number.isFinite(timeMs) ? (timeMs as number) : 0 };
}

/** One header as it was before the message waited. */
export function originalHeader(
  header: (name: string) => string | undefined,
  name: string,
): string | undefined {
  if (OWN.has(name)) return undefined;
  return header(SERVERS.test(name) ? `${KEPT}${name}` : name);
}

/** All headers as they were before the message waited. */
export function originalHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    if (OWN.has(name) || SERVERS.test(name)) continue;
    const was = KEPT_SERVERS.test(name) ? name.slice(KEPT.length) : name;
    result[was] = headers[name] as string;
  }
  return result;
}

/** Headers that the server acts on, drops or adds. */
const SERVERS = /^nats-/i;
/** Before the name of such a header while its message is under way. */
const KEPT = 'jl-';
const KEPT_SERVERS = /^jl-nats-/i;
const ATTEMPTS = 'jl-attempt';
const SEQ = 'jl-origin-seq';
const TIME = 'jl-origin-time';
const OWN: ReadonlySet<string> = new Set([ATTEMPTS, SEQ, TIME]);

function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
