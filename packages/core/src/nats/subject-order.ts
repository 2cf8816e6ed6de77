/**
 * Holds a message back while an earlier one of its subject has no ack. The messages of a subject are a chain: the first of it
 * is on its way or waits for room in the window, the others are held.
 */
import type { Slot } from './slot.ts';

/** See the head of this file. */
export class SubjectOrder {
  /** By subject: the first, which is not held, and the last. Holds busy subjects only. */
  readonly #chains = new Map<string, Chain>();

  /** Whether this message has to wait for another; if so it is at the end of its chain by now. */
  holds(slot: Slot): boolean {
    const { subject } = slot.message;
    const chain = this.#chains.get(subject);
    if (chain === undefined) {
      this.#chains.set(subject, { first: slot, last: slot });
      return false;
    }
    chain.last.next = slot;
    chain.last = slot;
    return true;
  }

  /** The message that this one, which is stored or refused, held back: it is its turn. */
  release({ message: { subject }, next }: Slot): Slot | undefined {
    const chain = this.#chains.get(subject) as Chain;
    if (next === undefined) this.#chains.delete(subject);
    else chain.first = next;
    return next;
  }

  /** Takes out those of the held that are due. */
  expired(nowMs: number): Slot[] {
    const due: Slot[] = [];
    for (const chain of this.#chains.values()) {
      const { first } = chain;
      for (let held = first.next; held && held.deadlineMs <= nowMs; held = first.next) {
        first.next = held.next;
        held.next = undefined;
        due.push(held);
      }
      if (first.next === undefined) chain.last = first;
    }
    return due;
  }

  /** Takes out all. The result is those that were held, subject by subject in order. */
  empty(): Slot[] {
    const held: Slot[] = [];
    for (const { first } of this.#chains.values())
      for (let next = first.next; next; next = next.next) held.push(next);
    this.#chains.clear();
    return held;
  }
}

interface Chain {
  first: Slot;
  last: Slot;
}
