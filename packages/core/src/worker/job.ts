import type { Message, RawMessage } from '@jetlane/contracts';
import type { Delivery } from '../bus.ts';
import type { HandlerSpec } from './handler.ts';
import type { Laned } from './lanes.ts';

/**
 * Where a job stands. `reading`: being decoded. `waiting`: for its lane, its batch or a place at the gate. `running`: at its
 * handler. `retrying`: until its next attempt in place. `burying`: its dead letter is being stored. `settled`: let go of.
 */
export type JobState = 'reading' | 'waiting' | 'running' | 'retrying' | 'burying' | 'settled';

/** One message on its way through a worker. */
export class Job implements RawMessage, Laned {
  /** The subject it was published to; a replay's own prefix is gone. */
  readonly subject: string;
  readonly deliveredMs: number;
  /** Deliveries plus retries in place, this one included. */
  attempt: number;
  /** Delivered more often than the policy allows: it may kill its process, so it runs alone. */
  readonly suspect: boolean;
  state: JobState = 'reading';
  message: Message | undefined;
  handler: HandlerSpec | undefined;
  /** Its lane; undefined where nothing is ordered. */
  key: string | undefined;
  next: Laned | undefined;
  /** Its batch failed: from now on it runs by itself. */
  single = false;
  /** Cancels the timer of a retry in place. */
  cancelRetry: (() => void) | undefined;
  #delivery: Delivery;

  constructor(delivery: Delivery, subject: string, attemptsMax: number, nowMs: number) {
    this.#delivery = delivery;
    this.subject = subject;
    this.attempt = delivery.deliveryCount;
    this.suspect = delivery.deliveryCount > attemptsMax;
    this.deliveredMs = nowMs;
  }

  /** The latest delivery: the one that can still be settled. */
  get delivery(): Delivery {
    return this.#delivery;
  }

  /** The server delivered this message again while it is still here: from now on that delivery counts. */
  adopt(delivery: Delivery): void {
    this.#delivery = delivery;
    this.attempt = Math.max(this.attempt, delivery.deliveryCount);
  }

  get seq(): number {
    return this.#delivery.seq;
  }
  get timeMs(): number {
    return this.#delivery.timeMs;
  }
  get payload(): Uint8Array {
    return this.#delivery.payload;
  }
  header(name: string): string | undefined {
    return this.#delivery.header(name);
  }
  headers(): Record<string, string> {
    return this.#delivery.headers();
  }
}
