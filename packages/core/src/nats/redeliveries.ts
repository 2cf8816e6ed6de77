import { type Clock, realClock } from '../clock.ts';
import type { NatsDelivery } from './nats-delivery.ts';

/**
 * What the server delivers again after an outage, in no order, until it can be handed over in the order of the stream. It
 * holds no more than the consumer's max ack pending and one request, as what is missing comes before anything new. While
 * messages wait here their ack wait is renewed.
 */
export class Redeliveries {
  #found = new Map<number, NatsDelivery>();
  /** Backwards, so that the next one is taken from the end. */
  #sorted: NatsDelivery[] = [];
  #gathering = false;
  /** How many have to come before any is handed over; undefined where that does not count. */
  #wanted: number | undefined;
  #deliveredBefore = 0;
  #cancelRenewal: () => void;

  constructor(ackWaitMs: number, clock: Clock = realClock) {
    const renew = () => {
      this.#cancelRenewal = clock.after(ackWaitMs / 3, renew);
      this.#renew();
    };
    this.#cancelRenewal = clock.after(ackWaitMs / 3, renew);
  }

  /** Whether more may be missing. */
  get gathering(): boolean {
    return this.#gathering;
  }

  /** Whether a message that comes now has to wait behind others. */
  get holdsBack(): boolean {
    return (
      this.#gathering ||
      this.#wanted !== undefined ||
      this.#found.size > 0 ||
      this.#sorted.length > 0
    );
  }

  /**
   * Waits for all of `count` messages that are out, up to `deliveredBefore`: when they come at once nothing is missing. What
   * comes meanwhile is held until then, or until {@link gather} or {@link release}.
   */
  collect(deliveredBefore: number, count: number): void {
    this.#deliveredBefore = deliveredBefore;
    this.#wanted = count;
  }

  /** Whether it waits for messages that may come at once. */
  get collecting(): boolean {
    return this.#wanted !== undefined && this.#wanted !== Number.POSITIVE_INFINITY;
  }

  /** Not all of them came: what did is held on to. */
  abandon(): void {
    if (this.collecting) this.#wanted = Number.POSITIVE_INFINITY;
  }

  /** Nothing is missing. */
  release(): void {
    this.#wanted = undefined;
  }

  /** Waits for what is missing of all that was delivered up to `deliveredBefore`; what it holds already stays. */
  gather(deliveredBefore: number): void {
    this.#gathering = true;
    this.#wanted = undefined;
    this.#deliveredBefore = deliveredBefore;
  }

  /**
   * Takes a message. One that was never delivered before is proof that nothing is missing any more. True when it was the
   * last of those that {@link collect} waits for.
   */
  add(delivery: NatsDelivery): boolean {
    this.#found.get(delivery.seq)?.forget();
    this.#found.set(delivery.seq, delivery);
    if (delivery.seq > this.#deliveredBefore) this.#gathering = false;
    if (this.#wanted === undefined || this.#oldFound < this.#wanted) return false;
    this.#wanted = undefined;
    return true;
  }

  /** The server has nothing left to deliver. */
  exhausted(): void {
    this.#gathering = false;
  }

  /** The first message in the order of the stream; undefined while more may be missing, and when it holds none. */
  next(): NatsDelivery | undefined {
    if (this.#gathering || this.#wanted !== undefined) return undefined;
    if (this.#found.size > 0) {
      for (const waiting of this.#sorted)
        if (this.#found.has(waiting.seq)) waiting.forget();
        else this.#found.set(waiting.seq, waiting);
      this.#sorted = [...this.#found.values()].sort((a, b) => b.seq - a.seq);
      this.#found = new Map();
    }
    return this.#sorted.pop();
  }

  /** Gives back what it holds. */
  stop(): void {
    this.#cancelRenewal();
    this.#gathering = false;
    this.#wanted = undefined;
    for (let held = this.next(); held !== undefined; held = this.next()) held.nak(0);
  }

  get #oldFound(): number {
    let count = 0;
    for (const seq of this.#found.keys()) if (seq <= this.#deliveredBefore) count++;
    return count;
  }

  #renew(): void {
    for (const delivery of this.#found.values()) delivery.working();
    for (const delivery of this.#sorted) delivery.working();
  }
}
