import type { Message, RawMessage } from '@jetlane/contracts';
import type { Delivery } from '../bus.ts';
import { type Origin, originalHeader, originalHeaders, originOf } from '../schedule/comeback.ts';
import type { HandlerSpec } from './handler.ts';
import type { Laned } from './lanes.ts';
import { attemptsMax } from './retry-policy.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** What a job needs to know of its worker. */
export type JobSpec = Pick<WorkerSpec, 'retry' | 'ackWaitMs'>;

/**
 * Where a job stands. `reading`: being decoded. `waiting`: for its lane, its batch or a place at the gate. `running`: at its
 * handler. `retrying`: until its next attempt in place. `departing`: its retry is being stored. `burying`: its dead letter
 * is. `settled`: let go of.
 */
export type JobState =
  | 'reading'
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'departing'
  | 'burying'
  | 'settled';

/** When a job arrived. */
export interface JobTimes {
  /** By the monotonic clock. */
  readonly nowMs: number;
  /** When its ack wait began, at the earliest, by the monotonic clock. */
  readonly renewedMs: number;
}

/**
 * One message on its way through a worker. One that came back from its stream's schedule is the message that it was before:
 * its position, time, attempts and headers.
 */
export class Job implements RawMessage, Laned {
  /** The subject it was published to; a replay's own prefix is gone. */
  readonly subject: string;
  /** When it was delivered first, by the monotonic clock. */
  readonly arrivedMs: number;
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
  last: Laned | undefined;
  /** Its batch failed: from now on it runs by itself. */
  single = false;
  /** Its partition goes to another process: it is not tried here again. */
  leaving = false;
  /** When its retry in place begins, by the monotonic clock; at no time where it waits for none. */
  retryAtMs = Number.NEGATIVE_INFINITY;
  /** Cancels the timer of a retry in place. */
  cancelRetry: (() => void) | undefined;
  readonly #origin: Origin | undefined;
  #delivery: Delivery;
  readonly #ackWaitMs: number;
  #renewedMs: number;
  #lost = false;

  constructor(
    delivery: Delivery,
    subject: string,
    { retry, ackWaitMs }: JobSpec,
    { nowMs, renewedMs }: JobTimes,
  ) {
    this.#delivery = delivery;
    this.#ackWaitMs = ackWaitMs;
    this.#renewedMs = renewedMs;
    this.subject = subject;
    // Only what came to this worker alone can have been here before.
    this.#origin =
      subject === delivery.subject ? undefined : originOf((name) => delivery.header(name));
    this.attempt = this.#attemptOf(delivery);
    this.suspect = this.attempt > attemptsMax(retry);
    this.arrivedMs = nowMs;
  }

  /** The latest delivery: the one that can still be settled. */
  get delivery(): Delivery {
    return this.#delivery;
  }

  /** When the ack wait began last, as far as the server has confirmed, by the monotonic clock. */
  get renewedMs(): number {
    return this.#renewedMs;
  }

  /**
   * Whether another process may have this message by now: for a whole ack wait nothing told that the server still waits for
   * this one. Time in which the event loop was blocked or the connection was away counts. Once lost it stays lost, whatever is
   * confirmed later, until the server delivers it here again.
   *
   * @param nowMs by the monotonic clock
   */
  lost(nowMs: number): boolean {
    return this.#lost || nowMs - this.#renewedMs >= this.#ackWaitMs;
  }

  /** The server has confirmed a heartbeat that was sent at `sentMs`; both by the monotonic clock. */
  renew(sentMs: number, nowMs: number): void {
    if (sentMs <= this.#renewedMs) return;
    this.#lost = this.lost(nowMs);
    this.#renewedMs = sentMs;
  }

  /**
   * The server delivered this message again while it is still here: from now on that delivery counts.
   *
   * @param nowMs by the monotonic clock
   */
  adopt(delivery: Delivery, nowMs: number): void {
    this.#delivery.forget?.();
    this.#delivery = delivery;
    this.#renewedMs = nowMs;
    this.#lost = false;
    this.attempt = Math.max(this.attempt, this.#attemptOf(delivery));
  }

  /** Where this delivery is in the stream; no other job has it. */
  get position(): number {
    return this.#delivery.seq;
  }
  get seq(): number {
    return this.#origin?.seq ?? this.#delivery.seq;
  }
  get timeMs(): number {
    return this.#origin?.timeMs ?? this.#delivery.timeMs;
  }
  /** When its stream stored it first, as exactly as is known. */
  get storedMs(): number {
    return this.#origin?.timeMs ?? this.#delivery.storedMs ?? this.#delivery.timeMs;
  }
  /** Since when it waits for this worker. */
  get queuedMs(): number {
    return this.#delivery.queuedMs ?? this.timeMs;
  }
  get payload(): Uint8Array {
    return this.#delivery.payload;
  }
  header(name: string): string | undefined {
    if (this.#origin === undefined) return this.#delivery.header(name);
    return originalHeader((each) => this.#delivery.header(each), name);
  }
  headers(): Record<string, string> {
    const headers = this.#delivery.headers();
    return this.#origin === undefined ? headers : originalHeaders(headers);
  }

  #attemptOf({ deliveryCount }: Delivery): number {
    return deliveryCount + (this.#origin?.attempts ?? 0);
  }
}
