/**
 * The messages that were sent and have no ack. Each has a place in a table, and its reply subject names the place and how
 * often the place was used before: so an ack finds its message without a map, and an ack that comes too late finds none.
 * Places are used again; the table is as long as the flight once was.
 */
import type { Slot } from './slot.ts';

/** See the head of this file. */
export class Flight {
  /** By place; undefined where a place is free. */
  readonly slots: (Slot | undefined)[] = [];
  readonly #replyPrefix: string;
  readonly #tokenFrom: number;
  /** The reply subject of each place, but for the last number. */
  readonly #replies: string[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];

  /** `inbox` is where the acks arrive: a token behind it. */
  constructor(inbox: string) {
    this.#replyPrefix = `${inbox}.`;
    this.#tokenFrom = Buffer.byteLength(this.#replyPrefix);
  }

  get size(): number {
    return this.slots.length - this.#free.length;
  }

  add(slot: Slot): void {
    const index = this.#free.pop() ?? this.#grow();
    slot.index = index;
    this.slots[index] = slot;
  }

  remove({ index }: Slot): void {
    this.slots[index] = undefined;
    this.#uses[index] = ((this.#uses[index] as number) + 1) & USES_MAX;
    this.#free.push(index);
  }

  /** Where the ack of this message is to arrive. The same for all of its retries. */
  replyOf({ index }: Slot): string {
    return (this.#replies[index] as string) + (this.#uses[index] as number);
  }

  /** The message that a reply subject belongs to, given as text or as it arrived. */
  find(reply: string | Uint8Array): Slot | undefined {
    const at = this.#tokenFrom;
    let index = 0;
    let uses = 0;
    let isIndex = true;
    for (let i = at; i < reply.length; i++) {
      const code = typeof reply === 'string' ? reply.charCodeAt(i) : (reply[i] as number);
      if (code === DASH && isIndex) isIndex = false;
      else if (code < ZERO || code > NINE) return undefined;
      else if (isIndex) index = index * 10 + code - ZERO;
      else uses = uses * 10 + code - ZERO;
    }
    return this.#uses[index] === uses ? this.slots[index] : undefined;
  }

  /** All, in the order in which they came. */
  inOrder(): Slot[] {
    const slots = this.slots.filter((slot) => slot !== undefined);
    return slots.sort((a, b) => a.number - b.number);
  }

  #grow(): number {
    const index = this.slots.length;
    this.#replies.push(`${this.#replyPrefix}${index}-`);
    this.#uses.push(0);
    this.slots.push(undefined);
    return index;
  }
}

/** Small enough to be a small integer wherever this runs; after a thousand million acks a place begins anew. */
const USES_MAX = 2 ** 30 - 1;
const DASH = 45;
const ZERO = 48;
const NINE = 57;
