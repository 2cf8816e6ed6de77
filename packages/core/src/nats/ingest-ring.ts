/**
 * What an ingest has taken and not had confirmed, by a number that only rises: it is all there is to send again. A ring of
 * fixed size, so that nothing is allocated or moved for a message.
 */
import type { EncodedMessage } from '@jetlane/contracts';

/** Messages that a ring holds at most; a power of two. */
export const RING_MAX = 8_192;

/** See the head of this file. */
export class IngestRing {
  readonly #held = new Array<EncodedMessage | undefined>(RING_MAX);
  #accepted = 0;
  #confirmed = 0;
  #bytes = 0;

  /** Number of the message that comes next: as many were taken. */
  get accepted(): number {
    return this.#accepted;
  }

  /** As many were confirmed, from the first on. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Messages held. */
  get length(): number {
    return this.#accepted - this.#confirmed;
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  push(message: EncodedMessage): void {
    this.#held[this.#accepted++ & MASK] = message;
    this.#bytes += message.payload.length;
  }

  /** The message of a number that is held. */
  at(number: number): EncodedMessage {
    return this.#held[number & MASK] as EncodedMessage;
  }

  /** Lets go of all below this number; tells how many those are, and their payload bytes. */
  confirm(below: number): { readonly count: number; readonly bytes: number } {
    const end = Math.min(below, this.#accepted);
    const count = Math.max(0, end - this.#confirmed);
    let bytes = 0;
    while (this.#confirmed < end) {
      const place = this.#confirmed++ & MASK;
      bytes += (this.#held[place] as EncodedMessage).payload.length;
      this.#held[place] = undefined;
    }
    this.#bytes -= bytes;
    return { count, bytes };
  }

  /** Lets go of all that is held, in order. */
  empty(): EncodedMessage[] {
    const rest = Array.from({ length: this.length }, (_, index) =>
      this.at(this.#confirmed + index),
    );
    this.confirm(this.#accepted);
    return rest;
  }
}

const MASK = RING_MAX - 1;
