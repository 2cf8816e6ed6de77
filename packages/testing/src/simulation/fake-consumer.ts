/**
 * A durable consumer as nats-server has it (server/consumer.go of 2.15): pull requests in turn, a queue of what is to come again,
 * which goes before anything new and stands in no order, ack waits that a timer looks after a moment late.
 */
import type { Dice } from './dice.ts';
import { FakePin } from './fake-pin.ts';
import type { FakeStream, StoredMessage } from './fake-stream.ts';
import type { Link, Session } from './link.ts';
import type { Timeline } from './timeline.ts';

/** A pull request that is open. */
export interface PullRequest {
  readonly link: Link;
  readonly session: Session;
  readonly reply: string;
  /** Of whom it asks. */
  readonly durable: string;
  left: number;
  /** Infinity where it would not wait. */
  readonly expiresMs: number;
  readonly heartbeatMs: number;
  heartbeatDueMs: number;
  readonly noWait: boolean;
  /** The pin that it names; empty where it names none. */
  pin: string;
  readonly bytesMax: number;
}

/** What a consumer sends. */
export interface Outlet {
  deliver(
    request: PullRequest,
    message: StoredMessage,
    count: number,
    ahead: number,
    pin: string,
  ): void;
  status(request: PullRequest, code: number, description: string): void;
}

/** How a consumer is set up. */
export interface ConsumerLimits {
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
  /** A pin is taken back after so long; undefined where there are none. */
  readonly pinTimeoutMs?: number | undefined;
  /** Pins are given and mean nothing. */
  readonly ignoresPins?: boolean;
}

/** See the head of this file. */
export class FakeConsumer {
  readonly #stream: FakeStream;
  readonly #timeline: Timeline;
  readonly #dice: Dice;
  readonly #outlet: Outlet;
  readonly #ackWaitMs: number;
  readonly #maxAckPending: number;
  /** When the ack wait of each began, which may be later than now. */
  readonly #pending = new Map<number, number>();
  /** The same as it is stored: what a server that takes over knows. */
  readonly #stored = new Map<number, number>();
  readonly #redelivered = new Map<number, number>();
  /** How often each was handed to a process, whether it arrived or not. */
  readonly deliveries = new Map<number, number>();
  readonly #pin: FakePin | undefined;
  #again: number[] = [];
  #waiting: PullRequest[] = [];
  #nextSeq = 1;
  #signalled = false;
  /** Taken over a moment ago. */
  #taking = false;
  /** Which server leads it. */
  #leader = 1;
  #cancelCheck: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;

  constructor(
    stream: FakeStream,
    timeline: Timeline,
    dice: Dice,
    outlet: Outlet,
    limits: ConsumerLimits,
  ) {
    this.#stream = stream;
    this.#timeline = timeline;
    this.#dice = dice;
    this.#outlet = outlet;
    this.#ackWaitMs = limits.ackWaitMs;
    this.#maxAckPending = limits.maxAckPending;
    const { pinTimeoutMs, ignoresPins = false } = limits;
    if (pinTimeoutMs !== undefined)
      this.#pin = new FakePin(timeline, pinTimeoutMs, ignoresPins, () => this.signal());
  }

  get standing() {
    this.#dropGone();
    const lowest = Math.min(this.#nextSeq, ...this.#pending.keys());
    const waiting = this.#waiting.length;
    return {
      ackFloor: lowest - 1,
      delivered: this.#nextSeq - 1,
      waiting,
      leader: `n${this.#leader}`,
      ackPending: this.#pending.size,
      pin: this.#pin?.current ?? '',
    };
  }

  get state() {
    const lag = this.#stream.lastSeq - this.#nextSeq + 1;
    return { lag, ackPending: this.#pending.size, redelivered: this.#redelivered.size };
  }

  /** Nothing is left to deliver or to settle. */
  get done(): boolean {
    return this.#pending.size === 0 && this.#nextSeq > this.#stream.lastSeq;
  }

  isPending(seq: number): boolean {
    return this.#pending.has(seq);
  }

  pull(request: PullRequest): void {
    if (this.#pin?.accepts(request) === false)
      return this.#outlet.status(request, 423, 'Nats-Pin-Id mismatch');
    if (request.noWait) {
      const ready = this.#stream.lastSeq - this.#nextSeq + 1 + this.#again.length;
      if (ready === 0) return this.#outlet.status(request, 404, 'No Messages');
      this.#dropGone();
      const wanted = this.#waiting.reduce((sum, { left }) => sum + left, 0);
      if (ready < wanted) return this.#outlet.status(request, 408, 'Requests Pending');
    }
    this.#waiting.push(request);
    this.signal();
  }

  /** Takes the pin from whoever has it. */
  unpin(): void {
    this.#pin?.clear();
    this.signal();
  }

  /** Nobody listens on this inbox any more. */
  forget(inbox: string): void {
    this.#waiting = this.#waiting.filter(({ reply }) => !reply.startsWith(`${inbox}.`));
  }

  ack(seq: number): void {
    this.#again = this.#again.filter((each) => each !== seq);
    this.#redelivered.delete(seq);
    this.#stored.delete(seq);
    if (this.#pending.delete(seq)) this.signal();
  }

  nak(seq: number, delayMs: number): void {
    if (!this.#pending.has(seq)) return;
    if (delayMs > 0) {
      this.#again = this.#again.filter((each) => each !== seq);
      this.#begin(seq, this.#timeline.nowMs - this.#ackWaitMs + delayMs);
      this.#check(10);
    } else if (!this.#again.includes(seq)) {
      this.#again.push(seq);
      this.signal();
    }
  }

  working(seq: number): void {
    if (this.#pending.has(seq)) this.#begin(seq, this.#timeline.nowMs);
  }

  /** The server knows that this delivery reached nobody: it does not count, and comes again before anything else. */
  undelivered(seq: number): void {
    if (!this.#pending.has(seq) || this.#again.includes(seq)) return;
    this.#redelivered.set(seq, (this.#redelivered.get(seq) ?? 0) - 1);
    this.#again.push(seq);
    this.signal();
  }

  /** Looks for somebody to deliver to, a moment later. */
  signal(): void {
    if (this.#signalled) return;
    this.#signalled = true;
    this.#timeline.after(this.#dice.between(0, 1), () => {
      this.#signalled = false;
      this.#deliverAll();
      this.#expireRequests();
    });
  }

  /** Its server died and is back: what was settled and counted stays, requests and the queue are forgotten. */
  restart(): void {
    this.#pin?.clear();
    this.#waiting = [];
    this.#again = [];
    for (const [seq, beganMs] of this.#stored) this.#pending.set(seq, beganMs);
    // Whoever takes over looks after ack waits for the first time between 0.5 and 1.5 s later.
    this.#cancelCheck?.();
    const firstMs = Math.min(this.#ackWaitMs, this.#dice.between(500, 1_500));
    this.#taking = true;
    this.#cancelCheck = this.#timeline.after(firstMs, () => {
      this.#taking = false;
      this.#check(0);
    });
  }

  /** Another server leads it now; whoever waits is told. */
  move(): void {
    for (const request of this.#waiting) this.#outlet.status(request, 409, 'Leadership Change');
    this.#leader++;
    this.restart();
  }

  #deliverAll(): void {
    while (this.#waiting.length > 0) {
      const again = this.#again.length > 0;
      if (!again && this.#pending.size >= this.#maxAckPending) return;
      if (!again && this.#nextSeq > this.#stream.lastSeq) return this.#endOfStream();
      const request = this.#nextRequest();
      if (request === undefined) return;
      const seq = again ? (this.#again.shift() as number) : this.#nextSeq++;
      this.#deliver(seq, request, again);
    }
  }

  /** Whoever waits first, and may have it. */
  #nextRequest(): PullRequest | undefined {
    this.#dropGone();
    for (let turns = this.#waiting.length; turns > 0; turns--) {
      const request = this.#waiting[0] as PullRequest;
      const isFirst = this.#pin?.current === '';
      const verdict = this.#pin?.admit(request) ?? 'yes';
      if (verdict === 'yes' && request.bytesMax > SIZE_MIN) return request;
      this.#waiting.shift();
      if (verdict === 'not yet') this.#waiting.push(request);
      else if (verdict === 'no') this.#outlet.status(request, 423, 'Nats-Wrong-Pin-Id');
      else {
        if (isFirst) this.#pin?.clear();
        this.#outlet.status(request, 409, 'Message Size Exceeds MaxBytes');
      }
    }
    return undefined;
  }

  #begin(seq: number, beganMs: number): void {
    this.#pending.set(seq, beganMs);
    this.#stored.set(seq, beganMs);
  }

  #deliver(seq: number, request: PullRequest, again: boolean): void {
    if (again) this.#redelivered.set(seq, (this.#redelivered.get(seq) ?? 0) + 1);
    const count = (this.#redelivered.get(seq) ?? 0) + 1;
    this.#begin(seq, this.#timeline.nowMs);
    this.deliveries.set(seq, (this.deliveries.get(seq) ?? 0) + 1);
    request.heartbeatDueMs = this.#timeline.nowMs + request.heartbeatMs;
    // Whoever waits is served in turn.
    this.#waiting.shift();
    if (--request.left > 0) this.#waiting.push(request);
    const message = this.#stream.at(seq) as StoredMessage;
    const ahead = this.#stream.lastSeq - this.#nextSeq + 1;
    this.#outlet.deliver(request, message, count, ahead, this.#pin?.current ?? '');
    this.#check(this.#ackWaitMs);
  }

  #endOfStream(): void {
    const impatient = this.#waiting.filter(({ noWait }) => noWait);
    this.#waiting = this.#waiting.filter(({ noWait }) => !noWait);
    for (const request of impatient) this.#outlet.status(request, 404, 'No Messages');
  }

  #dropGone(): void {
    const { nowMs } = this.#timeline;
    this.#waiting = this.#waiting.filter(
      ({ session, expiresMs }) => session.open && expiresMs > nowMs,
    );
  }

  #expireRequests(): void {
    this.#cancelExpiry?.();
    const { nowMs } = this.#timeline;
    for (const request of this.#waiting) {
      if (request.expiresMs <= nowMs) this.#outlet.status(request, 408, 'Request Timeout');
      else if (request.heartbeatDueMs <= nowMs) {
        this.#outlet.status(request, 100, 'Idle Heartbeat');
        request.heartbeatDueMs = nowMs + request.heartbeatMs;
      }
    }
    this.#dropGone();
    if (this.#waiting.length === 0) return;
    const dueMs = Math.min(
      ...this.#waiting.map(({ expiresMs, heartbeatDueMs }) => Math.min(expiresMs, heartbeatDueMs)),
    );
    this.#cancelExpiry = this.#timeline.after(dueMs - nowMs, () => this.#expireRequests());
  }

  /** Looks after ack waits, at the latest after `inMs` and a moment. */
  #check(inMs: number): void {
    if (this.#taking) return;
    this.#cancelCheck?.();
    const { nowMs } = this.#timeline;
    let dueMs = nowMs + inMs;
    for (const beganMs of this.#pending.values())
      dueMs = Math.min(dueMs, beganMs + this.#ackWaitMs);
    const lateMs = this.#dice.between(0, 200);
    this.#cancelCheck = this.#timeline.after(Math.max(0, dueMs - nowMs) + lateMs, () => {
      this.#expireAckWaits();
      if (this.#pending.size > 0) this.#check(this.#ackWaitMs);
    });
  }

  #expireAckWaits(): void {
    const { nowMs } = this.#timeline;
    const overdue = [...this.#pending]
      .filter(([seq, beganMs]) => nowMs - beganMs >= this.#ackWaitMs && !this.#again.includes(seq))
      .map(([seq]) => seq)
      .sort((a, b) => a - b);
    if (overdue.length === 0) return;
    this.#again.push(...overdue);
    for (const seq of overdue) this.#pending.set(seq, nowMs);
    this.signal();
  }
}

/** Nothing that is delivered is smaller. */
const SIZE_MIN = 50;
