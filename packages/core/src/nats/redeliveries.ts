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
    return this.#gathering || this.#found.size > 0 || this.#sorted.length > 0;
  }

  /** Waits for what is missing of all that was delivered up to `deliveredBefore`; what it holds already stays. */
  gather(deliveredBefore: number): void {
    this.#gathering = true;
    this.#deliveredBefore = deliveredBefore;
  }

  /** Takes a message. One that was never delivered before is proof that nothing is missing any more. */
  add(delivery: NatsDelivery): void {
    this.#found.set(delivery.seq, delivery);
    if (delivery.seq > this.#deliveredBefore) this.#gathering = false;
  }

  /** The server has nothing left to deliver. */
  exhausted(): void {
    this.#gathering = false;
  }

  /** The first message in the order of the stream; undefined while more may be missing, and when it holds none. */
  next(): NatsDelivery | undefined {
    if (this.#gathering) return undefined;
    if (this.#found.size > 0) {
      for (const waiting of this.#sorted)
        if (!this.#found.has(waiting.seq)) this.#found.set(waiting.seq, waiting);
      this.#sorted = [...this.#found.values()].sort((a, b) => b.seq - a.seq);
      this.#found = new Map();
    }
    return this.#sorted.pop();
  }

  /** Gives back what it holds. */
  stop(): void {
    this.#cancelRenewal();
    this.#gathering = false;
    for (let held = this.next(); held !== undefined; held = this.next()) held.nak(0);
  }

  #renew(): void {
    for (const delivery of this.#found.values()) delivery.working();
    for (const delivery of this.#sorted) delivery.working();
  }
}
