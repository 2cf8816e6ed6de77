import { shorten } from './show.ts';

/** Why an operation failed. Branch on this, never on the message. */
export type ErrorCode =
  | 'CONFIG_INVALID' // a definition or option is wrong; the message lists every problem
  | 'TOPOLOGY_CONFLICT' // a stream or consumer exists with settings that cannot change in place
  | 'CONNECTION_LOST' // no server could be reached
  | 'CLOSED' // the client is closing or closed
  | 'VALIDATION_FAILED' // data does not match its schema, or cannot be written
  | 'SUBJECT_INVALID' // a subject token is empty or contains `.`, `*`, `>` or white space
  | 'TYPE_UNKNOWN' // received a type or version that this process does not define
  | 'NO_STREAM' // no stream stores this subject
  | 'STREAM_FULL' // a limit is reached and `discard` is not `'old'`
  | 'MESSAGE_TOO_LARGE' // over `maxMsgSize` or the server's `max_payload`
  | 'PUBLISH_TIMEOUT' // no ack in time; repeating with the same id is safe
  | 'CONFLICT' // another writer came first
  | 'OVERLOADED' // more publishes wait than the client keeps; await some of them first
  | 'SOURCE_FAILED' // what `publishAll` reads from threw; what it gave before is published
  | 'ABORTED' // the caller's own signal ended it
  | 'DECODE_FAILED' // bytes that no codec reads, or over the limits on depth, elements or size
  | 'SERVER_UNSUPPORTED' // the server is too old for what was asked; the message names the version
  | 'JETSTREAM_UNAVAILABLE' // the server runs without JetStream, or the account may not use it
  | 'PERMISSION_DENIED' // the credentials do not allow this subject
  | 'STREAM_GONE' // a stream that a worker or publisher uses was deleted
  | 'FENCED' // this process lost the message; its late result was refused
  | 'SERVER_START_FAILED' // no nats-server could be found, fetched or started
  | 'HANDLER_FAILED' // a handler threw; found on dead letters, like the next
  | 'HANDLER_TIMEOUT'; // a handler ran longer than `timeout`

/** What {@link JetlaneError} takes beside its code and message. */
export interface ErrorOptions {
  /** Whether repeating the same call may succeed. Default: what is usual for the code. */
  readonly retryable?: boolean;
  /** What lies underneath: a NATS error, a thrown value, or the list of schema issues. */
  readonly cause?: unknown;
}

/**
 * The only error Jetlane throws. `code` is for programs, `message` for people: it says what was
 * expected, what was found and what to do.
 *
 * @example
 * ```ts
 * try {
 *   await client.publish(OrderPlaced({ orderId: 'o 1', total: 42 }));
 * } catch (error) {
 *   if (isJetlaneError(error, 'SUBJECT_INVALID')) console.error(error.message);
 *   else throw error;
 * }
 * ```
 */
export class JetlaneError extends Error {
  /** Why it failed. */
  readonly code: ErrorCode;
  /**
   * Whether repeating the same call may succeed. Default true for `CONNECTION_LOST`,
   * `PUBLISH_TIMEOUT`, `OVERLOADED`, `STREAM_FULL`, `JETSTREAM_UNAVAILABLE`, `HANDLER_FAILED` and
   * `HANDLER_TIMEOUT`, else false.
   */
  readonly retryable: boolean;
  /** What lies underneath: a NATS error, a thrown value, or the list of schema issues. */
  declare readonly cause?: unknown;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = ERROR_NAME;
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
  }
}

/**
 * Whether `value` is a {@link JetlaneError}, of this `code` when one is given. Unlike `instanceof`
 * it also recognises errors of another copy of this package, or of another realm.
 */
export function isJetlaneError(value: unknown, code?: ErrorCode): value is JetlaneError {
  if (typeof value !== 'object' || value === null) return false;
  const error = value as Partial<JetlaneError>;
  if (error.name !== ERROR_NAME || typeof error.code !== 'string') return false;
  return code === undefined || error.code === code;
}

/**
 * One `CONFIG_INVALID` that lists everything wrong with a declaration, a problem a line; of very
 * many, or very long ones, the most. `what` names the declaration, as in `stream ORDERS`.
 */
export function configInvalid(what: string, problems: readonly string[]): JetlaneError {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((problem) => shorten(problem, PROBLEM_MAX));
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  const list = shown.map((problem) => `\n  - ${problem}`).join('');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new JetlaneError('CONFIG_INVALID', `${shorten(what, WHAT_MAX)} has ${count}:${list}`);
}

const ERROR_NAME = 'JetlaneError';
const WHAT_MAX = 200;
const PROBLEM_MAX = 800;
const PROBLEMS_SHOWN = 50;

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION_LOST',
  'PUBLISH_TIMEOUT',
  'OVERLOADED',
  'STREAM_FULL',
  'JETSTREAM_UNAVAILABLE',
  'HANDLER_FAILED',
  'HANDLER_TIMEOUT',
]);
