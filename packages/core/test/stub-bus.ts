import { type EncodedMessage, encodeMessage, msgpack, type Outgoing } from '@jetlane/contracts';
import type { BucketSettings } from '../src/bucket.ts';
import type { Bus, Delivery, Subscriber, Subscription } from '../src/bus.ts';
import { realClock } from '../src/clock.ts';
import { MemoryBucket } from '../src/memory/memory-bucket.ts';

/** A bus that delivers what a test tells it to, and notes what becomes of it. */
export class StubBus implements Bus {
  readonly clock = realClock;
  readonly maxPayload = 1_048_576;
  readonly stored: EncodedMessage[] = [];
  readonly settled: string[] = [];
  readonly claims = new Set<string>();
  /** Thrown by the next calls of `store`, one each. */
  readonly storeErrors: unknown[] = [];
  /** Why nothing waits in its stream for later. */
  schedulingProblem: string | undefined;
  /** How far the clock of its schedule is ahead. */
  aheadMs = 0;
  released = 0;
  /** What still arrives while a subscription ends. */
  stopping: () => Promise<void> = async () => {};
  widened = 0;
  #subscriber: Subscriber | undefined;

  async store(message: EncodedMessage) {
    const error = this.storeErrors.shift();
    if (error !== undefined) throw error;
    this.stored.push(message);
    return { stream: 'STUB', seq: this.stored.length, duplicate: false };
  }
  ready() {
    return undefined;
  }
  /** Thrown by the next calls of `claim`, one each. */
  readonly claimErrors: unknown[] = [];
  async claim(subject: string) {
    const error = this.claimErrors.shift();
    if (error !== undefined) throw error;
    if (this.claims.has(subject)) return false;
    this.claims.add(subject);
    return true;
  }
  async unclaim(subject: string) {
    this.claims.delete(subject);
  }
  async streamOf() {
    return 'STUB';
  }
  async scheduling() {
    return { problem: this.schedulingProblem, limitedPerSubject: false, aheadMs: this.aheadMs };
  }
  async cancel() {
    return false;
  }
  async prepare() {}
  async bucket(settings: BucketSettings) {
    return new MemoryBucket(settings, this.clock, this.maxPayload);
  }
  async subscribe(_: unknown, subscriber: Subscriber): Promise<Subscription> {
    this.#subscriber = subscriber;
    return {
      release: (count) => {
        this.released += count;
      },
      widen: (count) => {
        this.widened += count;
      },
      stop: () => this.stopping(),
      state: async () => ({ lag: 0, ackPending: 0, redelivered: 0 }),
    };
  }
  async flush() {}
  async close() {}

  /** Delivers a message as position `seq`, for the `count`th time. */
  async deliver(message: Outgoing, seq: number, count = 1): Promise<void> {
    const context = { codec: msgpack, source: 'test', nowMs: 0 };
    this.deliverEncoded(await encodeMessage(message, context), seq, count);
  }

  /** The same, at once: for many messages in one go. */
  deliverEncoded(encoded: EncodedMessage, seq: number, count = 1): void {
    const note = (what: string) => () => void this.settled.push(`${what} ${seq}#${count}`);
    const delivery: Delivery = {
      subject: encoded.subject,
      payload: encoded.payload,
      seq,
      deliveryCount: count,
      timeMs: 0,
      pending: 0,
      header: (name) => encoded.headers[name],
      headers: () => ({ ...encoded.headers }),
      ack: note('ack'),
      nak: note('nak'),
      working: () => {},
      term: note('term'),
    };
    this.#subscriber?.deliver(delivery);
  }

  /** Ends the subscription as a deleted stream would. */
  fail(error: Error): void {
    this.#subscriber?.fail(error);
  }
}
