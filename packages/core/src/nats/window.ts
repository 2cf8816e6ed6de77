/**
 * What a publisher has not had an ack for: messages in flight, and behind them a queue of those that wait for room, or for an
 * earlier one of their subject. All are bounded, in messages and in bytes; a message larger than the byte limit still fits
 * when it is alone.
 */
import { Queue } from '../queue.ts';
import { Flight } from './flight.ts';
import type { Slot } from './slot.ts';
import { SubjectOrder } from './subject-order.ts';

/** Limits of the window. */
export interface WindowLimits {
  /** Messages in flight, which {@link Window.limit} may go below. */
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** Whether a message waits until all earlier ones of its subject are stored or refused. */
  readonly ordered: boolean;
}

/** How much may wait behind what is in flight, as multiples of both limits; then `OVERLOADED`. */
const WAITING_MAX = { messages: 64, bytes: 4 };
/** How much of that a bulk writer may fill: the rest is for everybody else. */
const BULK_MAX = { messages: 1, bytes: 1 };

/** See the head of this file. */
export class Window {
  /** How many messages may be in flight now. */
  limit: number;
  readonly flight: Flight;
  readonly #limits: WindowLimits;
  readonly #order: SubjectOrder | undefined;
  readonly #queue = new Queue<Slot>();
  /** Those that were held back and need not be any more, but found no room: before the queue. */
  readonly #released = new Queue<Slot>();
  #inFlightBytes = 0;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(limits: WindowLimits, inbox: string) {
    this.#limits = limits;
    this.limit = limits.messagesMax;
    this.flight = new Flight(inbox);
    if (limits.ordered) this.#order = new SubjectOrder();
  }

  /** Messages without an ack. */
  get size(): number {
    return this.flight.size + this.#waiting;
  }

  /** Messages that were not sent. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a bulk writer should pause. */
  get crowded(): boolean {
    return this.#over(BULK_MAX, this.limit, 0);
  }

  /** Whether a message waits because as many are in flight as may be. */
  get full(): boolean {
    return this.#queue.length + this.#released.length > 0 && this.flight.size >= this.limit;
  }

  /** Whether a message of this size can neither be sent nor wait. */
  refuses(sizeBytes: number): boolean {
    return this.#waiting > 0 && this.#over(WAITING_MAX, this.#limits.messagesMax, sizeBytes);
  }

  /** Takes a message in. True when it is in flight by now; else it waits, until {@link admit} gives it its turn. */
  enter(slot: Slot): boolean {
    slot.index = -1;
    const held = this.#order?.holds(slot) ?? false;
    if (!held && this.#queue.length + this.#released.length === 0 && this.#fits(slot.sizeBytes)) {
      this.#fly(slot);
      return true;
    }
    this.#waiting++;
    this.#waitingBytes += slot.sizeBytes;
    if (!held) this.#queue.push(slot);
    return false;
  }

  /** The next message that fits into the flight, by now in it; undefined when none waits or none fits. */
  admit(): Slot | undefined {
    const queue = this.#released.length > 0 ? this.#released : this.#queue;
    const next = queue.peek();
    if (next === undefined || !this.#fits(next.sizeBytes)) return undefined;
    queue.shift();
    this.#leftWaiting(next);
    this.#fly(next);
    return next;
  }

  /** Takes a message out of the flight. */
  remove(slot: Slot): void {
    this.#inFlightBytes -= slot.sizeBytes;
    this.flight.remove(slot);
    this.#releaseNext(slot);
  }

  /** Takes out those that wait and are due. */
  expired(nowMs: number): Slot[] {
    const held = this.#order?.expired(nowMs) ?? [];
    const due: Slot[] = [];
    // What comes later is due later, but for what was released: that is a few, and looked at one by one.
    for (let left = this.#released.length; left > 0; left--) {
      const slot = this.#released.shift() as Slot;
      (slot.deadlineMs <= nowMs ? due : this.#released).push(slot);
    }
    for (let next = this.#queue.peek(); next && next.deadlineMs <= nowMs; ) {
      due.push(next);
      this.#queue.shift();
      next = this.#queue.peek();
    }
    for (const slot of due) this.#releaseNext(slot);
    due.push(...held);
    for (const slot of due) this.#leftWaiting(slot);
    return due;
  }

  /** Takes out all. */
  empty(): Slot[] {
    const all = this.flight.inOrder();
    for (const slot of all) this.flight.remove(slot);
    for (const queue of [this.#released, this.#queue])
      for (let slot = queue.shift(); slot !== undefined; slot = queue.shift()) all.push(slot);
    all.push(...(this.#order?.empty() ?? []));
    this.#inFlightBytes = 0;
    this.#waiting = 0;
    this.#waitingBytes = 0;
    return all;
  }

  #fly(slot: Slot): void {
    this.#inFlightBytes += slot.sizeBytes;
    this.flight.add(slot);
  }

  #releaseNext(slot: Slot): void {
    const next = this.#order?.release(slot);
    if (next !== undefined) this.#released.push(next);
  }

  #leftWaiting({ sizeBytes }: Slot): void {
    this.#waiting--;
    this.#waitingBytes -= sizeBytes;
  }

  #fits(sizeBytes: number): boolean {
    const { size } = this.flight;
    return (
      size === 0 || (size < this.limit && this.#inFlightBytes + sizeBytes <= this.#limits.bytesMax)
    );
  }

  #over(windows: typeof WAITING_MAX, messagesMax: number, sizeBytes: number): boolean {
    return (
      this.#waiting >= windows.messages * messagesMax ||
      (this.#waiting > 0 && this.#waitingBytes + sizeBytes > windows.bytes * this.#limits.bytesMax)
    );
  }
}
