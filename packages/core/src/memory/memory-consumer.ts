/**
 * A durable consumer of the in-process bus. Its place in the stream, what it delivered and what comes again outlive its
 * subscriptions, which share its messages in turn.
 *
 * Deliveries are handed out from `setImmediate`, never from inside a publish or a settlement, and a bounded number at a
 * time, so that a busy stream leaves the event loop room. One timer for all messages: ack waits are equally long, so
 * the map of what is out is in the order in which they end.
 */
import type { ConsumerState, Subscriber, Subscription } from '../bus.ts';
import type { Clock } from '../clock.ts';
import { DueHeap } from './due-heap.ts';
import { toMatcher } from './matcher.ts';
import { MemoryDelivery, type Settler } from './memory-delivery.ts';
import type { MemoryStream, StreamReader } from './memory-stream.ts';
import type { ConsumerSettings } from './settings.ts';
import { type StoredMessage, wireBytes } from './stored-message.ts';

/** One durable consumer. */
export class MemoryConsumer implements StreamReader, Settler {
  readonly #stream: MemoryStream;
  readonly #clock: Clock;
  readonly #moved: () => void;
  #settings: ConsumerSettings;
  #matches: (subject: string) => boolean;
  /** The next position that was never delivered. */
  #nextSeq: number;
  /** Matching messages from there on. */
  #unseen = 0;
  /** Delivered, not settled: out, waiting for its delay, or about to be delivered again. */
  readonly #pending = new Map<number, Flight>();
  /** With a worker, and nobody waits for acks. */
  readonly #unacked = new Set<Flight>();
  /** The part that is with a worker, in the order in which ack waits end. */
  readonly #out = new Map<number, Flight>();
  readonly #delayed = new DueHeap<Flight>();
  readonly #again: Flight[] = [];
  readonly #pulls: Pull[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #pausedUntilMs = 0;
  #endPause: (() => void) | undefined;
  #timer: { readonly dueMs: number; cancel(): void } | undefined;

  /** @param moved is called whenever a message is delivered or settled */
  constructor(stream: MemoryStream, settings: ConsumerSettings, clock: Clock, moved: () => void) {
    this.#stream = stream;
    this.#settings = settings;
    this.#clock = clock;
    this.#moved = moved;
    this.#matches = toMatcher(settings.filters);
    this.#nextSeq = firstSeqOf(stream, settings.startAt, clock.now());
    this.#unseen = this.#countAhead();
  }

  get settings(): ConsumerSettings {
    return this.#settings;
  }

  /** Whether somebody pulls and there is something to deliver, in hand, or to come again. */
  get isBusy(): boolean {
    if (this.#pulls.length === 0) return false;
    const out = this.#out.size + this.#unacked.size;
    return this.#paused ? out > 0 : out + this.#unseen + this.#pending.size > 0;
  }

  /** Whether somebody pulls and a message that left waits for its retry. */
  get awaitsRetry(): boolean {
    return this.#pulls.length > 0 && !this.#paused && this.#stream.awaitsRetry(this.#settings.name);
  }

  /** Whether deliveries are about to be handed out. */
  get isMoving(): boolean {
    return this.#immediate !== undefined;
  }

  /**
   * Takes other settings. A new ack wait holds for deliveries from now on; narrower filters for what was not delivered
   * yet.
   */
  update(settings: ConsumerSettings): void {
    this.#settings = settings;
    this.#matches = toMatcher(settings.filters);
    this.#unseen = this.#countAhead();
    this.#wake();
  }

  subscribe(subscriber: Subscriber): Subscription {
    const pull: Pull = { subscriber, credit: subscriber.room, heldBytes: 0 };
    this.#pulls.push(pull);
    this.#wake();
    return {
      release: (count) => {
        pull.credit += count;
        this.#wake();
      },
      widen: (count) => {
        pull.credit += count;
        this.#wake();
      },
      stop: async () => {
        const index = this.#pulls.indexOf(pull);
        if (index !== -1) this.#pulls.splice(index, 1);
      },
      state: async () => this.state(),
    };
  }

  state(): ConsumerState {
    this.#stream.expire(this.#clock.now());
    let redelivered = 0;
    for (const { deliveries } of this.#pending.values()) if (deliveries > 1) redelivered++;
    const pausedUntil = this.#paused ? new Date(this.#pausedUntilMs) : undefined;
    return { lag: this.#unseen, ackPending: this.#pending.size, redelivered, pausedUntil };
  }

  /** Delivers nothing before that time: one that has come ends a pause. */
  pause(untilMs: number): void {
    this.#endPause?.();
    this.#endPause = undefined;
    this.#pausedUntilMs = untilMs;
    const leftMs = Math.min(untilMs - this.#clock.now(), TIMER_MAX_MS);
    if (leftMs > 0) this.#endPause = this.#clock.after(leftMs, () => this.pause(untilMs));
    else this.#wake();
  }

  /** Ends all subscriptions and timers. */
  stop(): void {
    this.#pulls.length = 0;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#endPause?.();
  }

  stored(message: StoredMessage): void {
    if (!this.#isAhead(message)) return;
    this.#unseen++;
    this.#wake();
  }

  removed(message: StoredMessage): void {
    if (this.#isAhead(message)) this.#unseen--;
    else this.#forget(message.seq);
  }

  needs(message: StoredMessage): boolean {
    return this.#pending.has(message.seq) || this.#isAhead(message);
  }

  ack(seq: number): void {
    if (!this.#forget(seq)) return;
    this.#stream.settled(seq);
    this.#wake();
  }

  nak(seq: number, delayMs: number): void {
    const flight = this.#pending.get(seq);
    if (flight?.state !== 'out') return;
    this.#returned(flight);
    this.#out.delete(seq);
    if (delayMs <= 0) {
      this.#deliverAgain(flight);
      return;
    }
    flight.state = 'delayed';
    flight.dueMs = this.#clock.now() + delayMs;
    this.#delayed.push(flight.dueMs, flight);
    this.#moved();
    this.#setTimer();
  }

  working(seq: number): void {
    const flight = this.#out.get(seq);
    if (flight === undefined) return;
    this.#out.delete(seq);
    this.#sendOut(flight);
  }

  #countAhead(): number {
    let count = 0;
    for (const message of this.#stream.messages(this.#clock.now()))
      if (this.#isAhead(message)) count++;
    return count;
  }

  #isAhead({ seq, subject }: StoredMessage): boolean {
    return seq >= this.#nextSeq && this.#matches(subject);
  }

  #forget(seq: number): boolean {
    const flight = this.#pending.get(seq);
    if (flight === undefined) return false;
    flight.state = 'settled';
    this.#returned(flight);
    this.#pending.delete(seq);
    this.#out.delete(seq);
    this.#moved();
    return true;
  }

  #deliverAgain(flight: Flight): void {
    flight.state = 'queued';
    this.#again.push(flight);
    this.#moved();
    this.#wake();
  }

  #wake(): void {
    if (this.#immediate !== undefined || this.#pulls.length === 0 || this.#paused) return;
    if (this.#unseen === 0 && this.#again.length === 0) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      this.#deliverBatch();
    });
  }

  get #paused(): boolean {
    return this.#pausedUntilMs > 0 && this.#pausedUntilMs > this.#clock.now();
  }

  #deliverBatch(): void {
    if (this.#paused) return;
    this.#stream.expire(this.#clock.now());
    for (let left = BATCH_MAX; left > 0; left--) {
      if (!this.#pulls.some(({ credit }) => credit > 0)) return;
      const flight = this.#take();
      if (flight === undefined) return;
      const pull = this.#nextPull(flight);
      if (pull === undefined) return this.#putBack(flight);
      pull.credit--;
      pull.heldBytes += bytesOf(flight);
      flight.by = pull;
      flight.deliveries++;
      const settler = this.#settings.acked ? this : this.#giveAway(flight);
      if (settler === this) this.#sendOut(flight);
      this.#moved();
      pull.subscriber.deliver(
        new MemoryDelivery(flight.message, flight.deliveries, this.#unseen, settler),
      );
    }
    this.#wake();
  }

  /** Done with it when it is handed over; only its bytes are counted until it is let go of. */
  #giveAway(flight: Flight): Settler {
    const { seq } = flight.message;
    flight.state = 'settled';
    this.#pending.delete(seq);
    this.#unacked.add(flight);
    this.#stream.settled(seq);
    const letGo = () => {
      this.#unacked.delete(flight);
      this.#returned(flight);
      this.#moved();
    };
    return { ack: letGo, nak: letGo, working: () => {} };
  }

  /** Whoever has room for it, in turn. A message that is larger than all the room there is comes alone. */
  #nextPull(flight: Flight): Pull | undefined {
    const bytes = bytesOf(flight);
    const index = this.#pulls.findIndex(
      ({ credit, heldBytes, subscriber }) =>
        credit > 0 && (heldBytes === 0 || heldBytes + bytes <= subscriber.maxBytes),
    );
    if (index === -1) return undefined;
    const [pull] = this.#pulls.splice(index, 1);
    this.#pulls.push(pull as Pull);
    return pull;
  }

  /** Nobody has room for it: it is the next one when somebody has. */
  #putBack(flight: Flight): void {
    this.#again.unshift(flight);
  }

  #returned(flight: Flight): void {
    if (flight.by !== undefined) flight.by.heldBytes -= bytesOf(flight);
    flight.by = undefined;
    this.#wake();
  }

  /** What comes again goes first; what is new waits for a place under `maxAckPending`. */
  #take(): Flight | undefined {
    for (let flight = this.#again.shift(); flight; flight = this.#again.shift())
      if (flight.state === 'queued') return flight;
    if (this.#unseen === 0 || this.#pending.size >= this.#settings.maxAckPending) return undefined;
    for (
      let seq = Math.max(this.#nextSeq, this.#stream.firstSeq);
      seq <= this.#stream.lastSeq;
      seq++
    ) {
      const message = this.#stream.at(seq);
      if (message === undefined || !this.#matches(message.subject)) continue;
      this.#nextSeq = seq + 1;
      this.#unseen--;
      const flight: Flight = { message, deliveries: 0, dueMs: 0, state: 'queued' };
      this.#pending.set(seq, flight);
      return flight;
    }
    return undefined;
  }

  /** Puts a flight at the end of what is out: its ack wait begins. */
  #sendOut(flight: Flight): void {
    flight.state = 'out';
    flight.dueMs = this.#clock.now() + this.#settings.ackWaitMs;
    this.#out.set(flight.message.seq, flight);
    this.#setTimer();
  }

  /** One timer, for whatever falls due first. An earlier one is left to find that nothing is due yet. */
  #setTimer(): void {
    const dueMs = this.#nextDueMs();
    if (dueMs === Number.POSITIVE_INFINITY || (this.#timer && this.#timer.dueMs <= dueMs)) return;
    this.#timer?.cancel();
    const delayMs = Math.min(Math.max(1, dueMs - this.#clock.now()), TIMER_MAX_MS);
    const cancel = this.#clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#fallDue();
      this.#setTimer();
    });
    this.#timer = { dueMs, cancel };
  }

  #nextDueMs(): number {
    let dueMs = this.#delayed.nextMs;
    for (const first of this.#out.values()) {
      dueMs = Math.min(dueMs, first.dueMs);
      break;
    }
    return dueMs;
  }

  #fallDue(): void {
    const nowMs = this.#clock.now();
    for (let flight = this.#delayed.popDue(nowMs); flight; flight = this.#delayed.popDue(nowMs))
      if (flight.state === 'delayed') this.#deliverAgain(flight);
    for (const [seq, flight] of this.#out) {
      if (flight.dueMs > nowMs) return;
      this.#returned(flight);
      this.#out.delete(seq);
      this.#deliverAgain(flight);
    }
  }
}

/** A message that was delivered and not settled. */
interface Flight {
  readonly message: StoredMessage;
  deliveries: number;
  /** When its ack wait or its delay ends. */
  dueMs: number;
  state: 'out' | 'delayed' | 'queued' | 'settled';
  /** Who holds it. */
  by?: Pull | undefined;
}

/** A subscription and how many deliveries it still takes. */
interface Pull {
  readonly subscriber: Subscriber;
  credit: number;
  /** Bytes that it holds. */
  heldBytes: number;
}

function bytesOf({ message }: Flight): number {
  return wireBytes(message);
}

/** Deliveries in one turn of the event loop. */
const BATCH_MAX = 256;
/** The longest delay that the machine's timers take. */
const TIMER_MAX_MS = 0x7fff_ffff;

function firstSeqOf(
  stream: MemoryStream,
  startAt: ConsumerSettings['startAt'],
  nowMs: number,
): number {
  if (startAt === 'new') return stream.lastSeq + 1;
  if (startAt === 'first') return stream.firstSeq;
  for (const { seq, timeMs } of stream.messages(nowMs)) if (timeMs >= startAt.getTime()) return seq;
  return stream.lastSeq + 1;
}
