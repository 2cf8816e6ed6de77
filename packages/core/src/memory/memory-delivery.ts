import type { Delivery } from '../bus.ts';
import type { StoredMessage } from './stored-message.ts';

/** Where a delivery is settled. */
export interface Settler {
  ack(seq: number): void;
  nak(seq: number, delayMs: number): void;
  working(seq: number): void;
}

/** One message handed to a worker. As with JetStream it is the message that is settled, by whichever delivery. */
export class MemoryDelivery implements Delivery {
  readonly deliveryCount: number;
  readonly pending: number;
  readonly #message: StoredMessage;
  readonly #settler: Settler;
  #settled = false;

  constructor(message: StoredMessage, deliveryCount: number, pending: number, settler: Settler) {
    this.#message = message;
    this.#settler = settler;
    this.deliveryCount = deliveryCount;
    this.pending = pending;
  }

  get subject(): string {
    return this.#message.subject;
  }
  get payload(): Uint8Array {
    return this.#message.payload;
  }
  get seq(): number {
    return this.#message.seq;
  }
  get timeMs(): number {
    return this.#message.timeMs;
  }

  header(name: string): string | undefined {
    const { headers } = this.#message;
    return Object.hasOwn(headers, name) ? headers[name] : undefined;
  }

  headers(): Record<string, string> {
    return { ...this.#message.headers };
  }

  ack(): void {
    if (this.#settle()) this.#settler.ack(this.seq);
  }

  nak(delayMs: number): void {
    if (this.#settle()) this.#settler.nak(this.seq, delayMs);
  }

  working(renewed?: () => void): void {
    if (this.#settled) return;
    this.#settler.working(this.seq);
    renewed?.();
  }

  /** Nobody monitors this bus, so the reason goes nowhere. */
  term(_reason: string): void {
    this.ack();
  }

  #settle(): boolean {
    const first = !this.#settled;
    this.#settled = true;
    return first;
  }
}
