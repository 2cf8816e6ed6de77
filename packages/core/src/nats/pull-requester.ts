/** Sends the pull requests of one puller to one durable, and counts what they may still bring. */
import type { Clock } from '../clock.ts';
import type { ByteRoom } from './byte-room.ts';
import type { Connection } from './live-connection.ts';
import { PullRequests } from './pull-requests.ts';
import { type PullLimits, unlimited } from './pull-status.ts';

/** What a requester is made of. */
export interface RequesterParts {
  readonly connection: Pick<Connection, 'nc'>;
  /** Where requests for the durable go. */
  readonly subject: string;
  readonly clock: Clock;
  readonly bytes: ByteRoom;
  /** How long a request is open. */
  readonly expiresMs: number;
}

/** How often the server says that a request is still open. Two that are missed take no longer than servers to elect a leader. */
export const HEARTBEAT_MS = 2_000;
/** What is missing comes at once; after this long without any of it the server has no more. */
const GATHER_MS = 500;
/** Between two clocks, and on the way. */
const EXPIRES_SLACK_MS = 1_000;
/** Open requests at once, where the consumer allows small ones only. */
const REQUESTS_MAX = 16;

/** See the head of this file. */
export class PullRequester {
  readonly #parts: RequesterParts;
  readonly open = new PullRequests();
  #limits: PullLimits;
  #inbox = '';
  #servedUntilMs = 0;

  constructor(parts: RequesterParts) {
    this.#parts = parts;
    this.#limits = unlimited(parts.expiresMs);
  }

  /** When the server has ended all requests so far, by the monotonic clock. */
  get servedUntilMs(): number {
    return this.#servedUntilMs;
  }

  /** Answers are to come here from now on, under the number of their request. */
  answerTo(inbox: string): void {
    this.#inbox = inbox;
  }

  /** The number of the request that a status on this subject answers. */
  numberOf(subject: string): number {
    return Number(subject.slice(this.#inbox.length + 1));
  }

  /** Keeps within what the consumer allows from now on. */
  limit(limits: Partial<PullLimits>): void {
    this.#limits = { ...this.#limits, ...limits };
  }

  /** Asks for so many messages, as far as there is room for their bytes. True when anything was asked for. */
  ask(count: number): boolean {
    const { batchMax, bytesMax, expiresMs } = this.#limits;
    const heartbeatMs = Math.min(HEARTBEAT_MS, Math.floor(expiresMs / 2));
    const expiry = { expires: expiresMs * 1e6, idle_heartbeat: heartbeatMs * 1e6 };
    let left = count;
    while (left > 0 && this.open.count < REQUESTS_MAX) {
      const bytes = this.#parts.bytes.next(this.open.bytesLeft, bytesMax);
      if (bytes === undefined) break;
      const batch = bytes === 'one' ? 1 : Math.min(left, batchMax);
      const limit = bytes === 'one' ? {} : { max_bytes: bytes };
      this.#send({ batch, ...expiry, ...limit }, expiresMs);
      left -= batch;
      // The next one may be larger still: it waits for this one.
      if (bytes === 'one') break;
    }
    return left < count;
  }

  /**
   * Asks for what the server can deliver soon, however large. It is not asked for what it has at once (`no_wait`): that it does
   * not answer while max ack pending is reached, and refuses while other processes ask.
   */
  askSoon(count: number): number {
    const batch = Math.min(count, this.#limits.batchMax);
    const expiresMs = Math.min(GATHER_MS, this.#limits.expiresMs);
    return this.#send({ batch, expires: expiresMs * 1e6 }, expiresMs);
  }

  #send(request: Request, expiresMs: number): number {
    const { clock, connection, subject } = this.#parts;
    const dueMs = clock.now() + expiresMs + HEARTBEAT_MS;
    const number = this.open.open(request.batch, dueMs, request.max_bytes);
    const servedUntilMs = clock.monotonic() + expiresMs + EXPIRES_SLACK_MS;
    this.#servedUntilMs = Math.max(this.#servedUntilMs, servedUntilMs);
    const reply = `${this.#inbox}.${number}`;
    connection.nc.publish(subject, JSON.stringify(request), { reply });
    return number;
  }
}

interface Request {
  readonly batch: number;
  readonly expires: number;
  readonly idle_heartbeat?: number;
  readonly max_bytes?: number;
}
