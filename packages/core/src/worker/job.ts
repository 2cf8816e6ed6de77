import type { Message, RawMessage } from '@jetlane/contracts';
import type { Delivery } from '../bus.ts';
import type { HandlerSpec } from './handler.ts';
import type { Laned } from './lanes.ts';

/** One delivery on its way through a worker: read, waiting, running, settled. */
export class Job implements RawMessage, Laned {
  readonly delivery: Delivery;
  /** The subject it was published to; a replay's own prefix is gone. */
  readonly subject: string;
  readonly deliveredMs: number;
  /** Deliveries plus retries in place, this one included. */
  attempt: number;
  /** Delivered more often than the policy allows: it may kill its process, so it runs alone. */
  readonly suspect: boolean;
  message: Message | undefined;
  handler: HandlerSpec | undefined;
  /** Its lane; undefined where nothing is ordered. */
  key: string | undefined;
  next: Laned | undefined;
  state: 'waiting' | 'running' | 'settled' = 'waiting';
  /** Its batch failed: from now on it runs by itself. */
  single = false;
  /** Cancels the timer of a retry in place. */
  cancelRetry: (() => void) | undefined;

  constructor(delivery: Delivery, subject: string, attemptsMax: number, nowMs: number) {
    this.delivery = delivery;
    this.subject = subject;
    this.attempt = delivery.deliveryCount;
    this.suspect = delivery.deliveryCount > attemptsMax;
    this.deliveredMs = nowMs;
  }

  get seq(): number {
    return this.delivery.seq;
  }
  get timeMs(): number {
    return this.delivery.timeMs;
  }
  get payload(): Uint8Array {
    return this.delivery.payload;
  }
  header(name: string): string | undefined {
    return this.delivery.header(name);
  }
  headers(): Record<string, string> {
    return this.delivery.headers();
  }
}
