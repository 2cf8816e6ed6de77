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
  /** The pin under which it was delivered. */
  readonly pin: string;
  readonly #copy: Delivery;
  readonly #settled: Settled;
  #open = true;

  constructor(copy: Delivery, pin: string, settled: Settled) {
    this.pin = pin;
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
  /** `ce-time` may be long before: when it was delayed, replayed, or dated by its publisher. */
  get queuedMs(): number {
    return this.#copy.timeMs;
  }
  /** When its queue stored it: how far that was behind the stream is not in it. */
  get storedMs(): number {
    return this.#copy.storedMs ?? this.#copy.timeMs;
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
    if (!this.#open) return;
    this.#copy.ack();
    this.#close('done');
  }
  nak(delayMs: number): void {
    if (!this.#open) return;
    this.#copy.nak(delayMs);
    this.#close('returned');
  }
  term(reason: string): void {
    if (!this.#open) return;
    this.#copy.term(reason);
    this.#close('done');
  }
  drop(): void {
    if (!this.#open) return;
    this.#copy.drop?.();
    this.#close('returned');
  }
  forget(): void {
    this.#copy.forget?.();
  }
  working(renewed?: () => void): void {
    if (this.#open) this.#copy.working(renewed);
  }

  #close(how: 'done' | 'returned'): void {
    this.#open = false;
    this.#settled(this, how);
  }
}

/** As they stand in the queue. */
export function inOrder(deliveries: Iterable<PartitionDelivery>): PartitionDelivery[] {
  return [...deliveries].sort((a, b) => a.queueSeq - b.queueSeq);
}

/** Called once, when a message is settled; a returned one comes again. */
type Settled = (delivery: PartitionDelivery, how: 'done' | 'returned') => void;
