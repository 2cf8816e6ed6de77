/**
 * What a publisher has not had an ack for: messages in flight, by number, and behind them a queue of those that wait for
 * room. Both are bounded, in messages and in bytes; a message larger than the byte limit still fits when it is alone.
 */
import { Queue } from '../queue.ts';
import type { Slot } from './slot.ts';

/** Limits of the window. */
export interface WindowOptions {
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** From the call to the ack; then `PUBLISH_TIMEOUT`. */
  readonly publishTimeoutMs: number;
}

/** How much may wait behind what is in flight, as multiples of both limits; then `OVERLOADED`. */
const WAITING_MAX = { messages: 64, bytes: 4 };
/** How much of that a bulk writer may fill: the rest is for everybody else. */
const BULK_MAX = { messages: 1, bytes: 1 };

/** See the head of this file. */
export class Window {
  readonly inFlight = new Map<number, Slot>();
  readonly #limits: WindowOptions;
  readonly #queue = new Queue<Slot>();
  #inFlightBytes = 0;
  #queueBytes = 0;
  #number = 0;

  constructor(limits: WindowOptions) {
    this.#limits = limits;
  }

  /** Messages without an ack. */
  get size(): number {
    return this.inFlight.size + this.#queue.length;
  }

  /** Whether a bulk writer should pause. */
  get crowded(): boolean {
    return this.#over(BULK_MAX, 0);
  }

  /** Whether this message can neither be sent nor wait. */
  refuses({ sizeBytes }: Slot): boolean {
    return this.#over(WAITING_MAX, sizeBytes);
  }

  /** Lets a message wait for its turn, which {@link admit} gives it. */
  push(slot: Slot): void {
    this.#queue.push(slot);
    this.#queueBytes += slot.sizeBytes;
  }

  /** The next message that fits into the flight, by now in it; undefined when none waits or none fits. */
  admit(): [number: number, slot: Slot] | undefined {
    const next = this.#queue.peek();
    if (next === undefined || !this.#fits(next.sizeBytes)) return undefined;
    this.shift();
    const number = this.#number++;
    this.inFlight.set(number, next);
    this.#inFlightBytes += next.sizeBytes;
    return [number, next];
  }

  /** The message that has waited longest. */
  peek(): Slot | undefined {
    return this.#queue.peek();
  }

  /** Takes out the message that has waited longest. */
  shift(): Slot | undefined {
    const slot = this.#queue.shift();
    this.#queueBytes -= slot?.sizeBytes ?? 0;
    return slot;
  }

  /** Takes a message out of the flight. */
  remove(number: number): void {
    this.#inFlightBytes -= this.inFlight.get(number)?.sizeBytes ?? 0;
    this.inFlight.delete(number);
  }

  /** Takes out all. */
  *empty(): Generator<Slot> {
    for (const [number, slot] of this.inFlight) {
      this.remove(number);
      yield slot;
    }
    for (let slot = this.shift(); slot !== undefined; slot = this.shift()) yield slot;
  }

  #fits(sizeBytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    const { size } = this.inFlight;
    return (
      size === 0 || (size < maxInFlight && this.#inFlightBytes + sizeBytes <= maxInFlightBytes)
    );
  }

  #over(windows: typeof WAITING_MAX, sizeBytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    const { length } = this.#queue;
    return (
      length >= windows.messages * maxInFlight ||
      (length > 0 && this.#queueBytes + sizeBytes > windows.bytes * maxInFlightBytes)
    );
  }
}
