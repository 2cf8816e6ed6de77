import type { Delivery } from '../bus.ts';

/**
 * A message of a partition as its worker sees it: with the subject and position that it has in the stream itself, of which
 * the queue holds a copy. Tells when it is settled.
 */
export class PartitionDelivery implements Delivery {
  readonly seq: number;
  readonly subject: string;
  /** Position in the queue, which decides the order. */
  readonly queueSeq: number;
  readonly #copy: Delivery;
  readonly #settled: (delivery: PartitionDelivery) => void;
  #open = true;

  /** @param settled is called once, when it is settled or dropped */
  constructor(copy: Delivery, settled: (delivery: PartitionDelivery) => void) {
    this.#copy = copy;
    this.#settled = settled;
    this.queueSeq = copy.seq;
    // `<stream> <seq> <filters> <targets> <subject> …`: written by the server when it copies.
    const [, seq, , , subject] = (copy.header('Nats-Stream-Source') ?? '').split(' ');
    this.seq = seq === undefined ? copy.seq : Number(seq);
    this.subject = subject ?? copy.subject.slice(copy.subject.indexOf('.') + 1);
  }

  get payload(): Uint8Array {
    return this.#copy.payload;
  }
  get deliveryCount(): number {
    return this.#copy.deliveryCount;
  }
  /** The copy has a time of its own, which is later and starts anew with the queue. */
  get timeMs(): number {
    const timeMs = Date.parse(this.#copy.header('ce-time') ?? '');
    return Number.isNaN(timeMs) ? this.#copy.timeMs : timeMs;
  }
  get pending(): number {
    return this.#copy.pending;
  }
  header(name: string): string | undefined {
    return this.#copy.header(name);
  }
  headers(): Record<string, string> {
    return this.#copy.headers();
  }
  ack(): void {
    if (this.#open) this.#copy.ack();
    this.close();
  }
  nak(delayMs: number): void {
    if (this.#open) this.#copy.nak(delayMs);
    this.close();
  }
  term(reason: string): void {
    if (this.#open) this.#copy.term(reason);
    this.close();
  }
  working(renewed?: () => void): void {
    if (this.#open) this.#copy.working(renewed);
  }

  /** From now on nothing is said to the server about it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#settled(this);
  }
}
