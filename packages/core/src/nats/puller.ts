/**
 * Pulls from a durable consumer exactly as many messages as there is room for. How it works:
 *
 * Whenever at least half of the room is neither held nor asked for, a pull request asks for all of it, so requests are
 * rare and the server never has more to send than fits. Each request has a number, which is the last token of its reply
 * subject: a status ends the request that it answers and no other. All answers come to one inbox, which stays until the
 * connection is lost, so that what the server sent before it ended a request still arrives. The server sends a heartbeat
 * while a request is open; when two are missed, requests and consumer are looked after.
 */
import { JetlaneError } from '@jetlane/contracts';
import { type Msg, PermissionViolationError } from '@nats-io/nats-core';
import type { Subscriber } from '../bus.ts';
import { type Clock, realClock } from '../clock.ts';
import { within } from '../within.ts';
import { ByteRoom } from './byte-room.ts';
import type { Connection } from './connection.ts';
import type { Listening } from './live-connection.ts';
import { LossyDelivery } from './lossy-delivery.ts';
import { type AroundDelivery, isDelivery, NatsDelivery, toAround } from './nats-delivery.ts';
import { OrderBarrier, type OrderBarrierOptions, type Standing } from './order-barrier.ts';
import { HEARTBEAT_MS, PullRequester } from './pull-requester.ts';
import type { PullRequests } from './pull-requests.ts';
import { owedIn, readStatus } from './pull-status.ts';
import { Redeliveries } from './redeliveries.ts';
import type { Strays } from './strays.ts';

/** The consumer that a puller pulls from, and who looks after it. */
export interface PullSource {
  readonly stream: string;
  readonly durable: string;
  /** Makes sure that the consumer exists. Rejects with `STREAM_GONE` when it cannot. */
  restore(): Promise<void>;
  /** The puller has ended. */
  stop(): void;
  /** Where messages must not overtake others that were lost on their way. */
  readonly order: Pick<OrderBarrierOptions, 'ackWaitMs' | 'look'> | undefined;
  /** Whether the server waits for no acks. */
  readonly lossy?: boolean;
  /** Where more is sent than is taken. */
  readonly strays?: Strays | undefined;
}

const EXPIRES_MS = 30_000;
/** A server that does not know of a broken connection serves its requests this long: an ordered worker waits for that. */
const ORDERED_EXPIRES_MS = 10_000;
const WATCH_MS = HEARTBEAT_MS / 5;
/** When this process stood still for this long, heartbeats may have come that it did not read. */
const STALL_MS = 1_000;
const TIMED_OUT = 408;
/** After a status that says neither how long to wait nor what is wrong. */
const PAUSE_MS = 250;

/** See the head of this file. */
export class Puller {
  readonly #connection: Connection;
  readonly #source: PullSource;
  readonly #subscriber: Subscriber;
  readonly #subject: string;
  readonly #stopListening: (() => void)[];
  readonly #clock: Clock;
  #watchdog: () => void;
  readonly #bytes: ByteRoom;
  readonly #Delivery: typeof NatsDelivery;
  readonly #around: AroundDelivery;
  readonly #requester: PullRequester;
  readonly #requests: PullRequests;
  readonly #barrier: OrderBarrier | undefined;
  /** What was missing when the barrier came down, until it is handed over in order. */
  readonly #missing: Redeliveries | undefined;
  /** Places taken by messages that the worker holds. */
  #held = 0;
  /** Places that there are besides the room. */
  #extra = 0;
  #answers: Listening | undefined;
  /** Whether anything came since the watchdog looked last: it reads the clock, not each message. */
  #heard = false;
  #heardMs = 0;
  #watchedMs: number;
  /** Whether anything may have been delivered and lost since the barrier rose last: at first, to a process before this. */
  #exposed = true;
  #handingOver = false;
  /** Of the last request for what was missing. */
  #gatherNumber = -1;
  /** Of the request for what may have been given back. */
  #collectNumber = -1;
  #pause: (() => void) | undefined;
  #restoreAfterPause = false;
  #restoring = false;
  #stopped = false;

  constructor(
    connection: Connection,
    source: PullSource,
    subscriber: Subscriber,
    clock: Clock = realClock,
  ) {
    this.#connection = connection;
    this.#clock = clock;
    this.#source = source;
    this.#subscriber = subscriber;
    this.#subject = `${connection.apiPrefix}.CONSUMER.MSG.NEXT.${source.stream}.${source.durable}`;
    const expiresMs = source.order === undefined ? EXPIRES_MS : ORDERED_EXPIRES_MS;
    const { maxBytes } = subscriber;
    const bytes = new ByteRoom(() => maxBytes);
    const subject = this.#subject;
    this.#bytes = bytes;
    const { nc, acks } = connection;
    this.#around = toAround({ nc, acks, room: bytes });
    this.#Delivery = source.lossy === true ? LossyDelivery : NatsDelivery;
    this.#requester = new PullRequester({ connection, subject, clock, bytes, expiresMs });
    this.#requests = this.#requester.open;
    this.#barrier = source.order && this.#newBarrier(source.order);
    this.#missing = source.order && new Redeliveries(source.order.ackWaitMs, clock);
    this.#stopListening = [
      connection.onChange((connected) => (connected ? this.#listen() : this.#deafen())),
      connection.onServerError((error) => this.#refuse(error)),
      connection.onEnd((error) => this.#fail(error)),
    ];
    this.#watchedMs = clock.now();
    this.#watchdog = clock.after(WATCH_MS, () => this.#watch());
    this.#listen(0);
  }

  /** Says that the worker has let go of `count` messages. */
  release(count: number): void {
    this.#held -= count;
    this.#pull();
  }

  /** Says that the worker has room for `count` more messages, or fewer. */
  widen(count: number): void {
    this.#extra += count;
    if (count > 0) this.#pull();
  }

  /**
   * Asks for no more. What the server sent before it learned so is still delivered; then, or after `timeoutMs`, this
   * resolves.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    this.#watchdog();
    this.#pause?.();
    this.#barrier?.stop();
    this.#source.stop();
    for (const stop of this.#stopListening) stop();
    // A connection that is down delivers nothing, and its drain would wait for it to return.
    if (this.#connection.connected && this.#answers !== undefined)
      await within(timeoutMs, this.#answers.drain(), this.#clock);
    this.#answers?.unsubscribe();
    this.#missing?.stop();
  }

  #newBarrier(order: NonNullable<PullSource['order']>): OrderBarrier {
    return new OrderBarrier({
      ...order,
      clock: this.#clock,
      behind: (standing) => this.#collect(standing),
      lifted: () => {
        this.#missing?.release();
        this.#pull();
      },
      overdue: (deliveredBefore) => {
        this.#missing?.gather(deliveredBefore);
        this.#pull();
      },
    });
  }

  /**
   * Forgets a connection that is gone, and its requests with it. The NATS client would subscribe to the inbox again on the
   * next one, where the server would go on with the old requests and let newer messages overtake those that were lost.
   */
  #deafen(): void {
    this.#answers?.unsubscribe();
    this.#answers = undefined;
    this.#requests.clear();
  }

  /** Begins on a connection that knows nothing of this puller. */
  #listen(firstLookMs?: number): void {
    this.#deafen();
    const inbox = this.#connection.newInbox();
    this.#requester.answerTo(inbox);
    this.#answers = this.#connection.subscribe(
      `${inbox}.*`,
      (msg) => this.#receive(msg),
      (error) => this.#fail(error),
    );
    this.#abandonCollection();
    this.#pullInOrder(firstLookMs);
  }

  /** Pulls where deliveries may have been lost. */
  #pullInOrder(firstLookMs?: number): void {
    this.#raiseBarrier(firstLookMs);
    this.#pull();
  }

  #raiseBarrier(firstLookMs?: number): void {
    if (this.#exposed || this.#barrier?.up)
      this.#barrier?.raise(firstLookMs, this.#requester.servedUntilMs);
    this.#exposed = false;
  }

  get #blocked(): boolean {
    return (
      this.#stopped ||
      // Out of order is no harm elsewhere: a consumer that has a leader again need not wait for an answer that does not come.
      (this.#restoring && this.#barrier !== undefined) ||
      this.#pause !== undefined ||
      this.#barrier?.up === true ||
      !this.#connection.connected
    );
  }

  #pull(): void {
    this.#handOver();
    if (this.#blocked) return;
    if (this.#missing?.gathering) return this.#gather();
    const { room } = this.#subscriber;
    const free = room + this.#extra - this.#held - this.#requests.left;
    if (free < Math.max(1, room / 2)) return;
    const isFirst = this.#requests.count === 0;
    if (!this.#requester.ask(free)) return;
    if (isFirst) this.#heardMs = this.#clock.now();
    this.#exposed = true;
  }

  #askSoon(count: number): number {
    this.#exposed = true;
    return this.#requester.askSoon(count);
  }

  #gather(): void {
    if (this.#requests.count === 0) this.#gatherNumber = this.#askSoon(this.#subscriber.room);
  }

  /**
   * Asks for as many messages as are out. A process that left in good order gave back what it held, and then all of them come
   * at once: nothing is missing. Otherwise what comes is held until the barrier comes down.
   */
  #collect({ delivered, ackPending }: Standing): void {
    if (this.#stopped || !this.#connection.connected || ackPending === 0) return;
    this.#missing?.collect(delivered, ackPending);
    this.#collectNumber = this.#askSoon(ackPending);
  }

  /** What was on its way to a collection may be lost: the barrier, which did not count with that, rises anew. */
  #abandonCollection(): void {
    if (!this.#missing?.collecting) return;
    this.#missing.abandon();
    this.#barrier?.stop();
    this.#exposed = true;
  }

  #receive(msg: Msg): void {
    this.#heard = true;
    if (!isDelivery(msg)) return this.#heed(msg);
    const delivery = new this.#Delivery(msg, this.#around);
    this.#requests.fill(delivery.bytes);
    // A request that gathers asks for more than there is room for: what comes too early waits as well.
    const early = this.#missing?.holdsBack || this.#held >= this.#subscriber.room + this.#extra;
    if (this.#missing === undefined || !early) return this.#deliver(delivery);
    if (this.#missing.add(delivery)) this.#barrier?.stop();
    this.#pull();
  }

  #deliver(delivery: NatsDelivery): void {
    this.#held++;
    const { strays } = this.#source;
    if (strays === undefined || strays.takes(delivery.subject))
      return this.#subscriber.deliver(delivery);
    const skipped = () => this.release(1);
    strays.put(delivery, skipped, (taken) => this.#subscriber.deliver(taken));
  }

  /** Hands over what was missing, as there is room for it. */
  #handOver(): void {
    if (this.#missing === undefined || this.#handingOver || this.#stopped) return;
    // Whoever takes a message may let go of it at once, and end up here again.
    this.#handingOver = true;
    while (this.#held < this.#subscriber.room + this.#extra) {
      const next = this.#missing.next();
      if (next === undefined) break;
      this.#deliver(next);
    }
    this.#handingOver = false;
  }

  /** What the server says about a request instead of a message. */
  #heed(msg: Msg): void {
    const code = msg.headers?.code ?? 0;
    const verdict = readStatus(code, msg.headers?.description ?? '');
    if (verdict.next === 'wait') return;
    const number = this.#requester.numberOf(msg.subject);
    const owed = owedIn(msg);
    this.#requests.close(number, owed.messages, owed.bytes);
    if (verdict.next === 'moved') this.#abandonCollection();
    if (number === this.#collectNumber) this.#missing?.abandon();
    switch (verdict.next) {
      case 'pull':
        if (number === this.#gatherNumber && code === TIMED_OUT) this.#missing?.exhausted();
        return this.#pull();
      case 'larger':
        this.#bytes.refuse(owed.bytes);
        return this.#pull();
      case 'moved':
        this.#raiseBarrier();
        return this.#rest(false);
      case 'pause':
      case 'restore':
        return this.#rest(verdict.next === 'restore');
      case 'limit':
        this.#requester.limit(verdict.limits);
        return this.#pull();
      case 'fail':
        this.#fail(verdict.error);
    }
  }

  /** One pause at a time; it ends with a look at the consumer where any reason for it asks for one. */
  #rest(restore: boolean): void {
    this.#restoreAfterPause ||= restore;
    this.#pause ??= this.#clock.after(PAUSE_MS, () => {
      this.#pause = undefined;
      const lookAfter = this.#restoreAfterPause;
      this.#restoreAfterPause = false;
      if (lookAfter) this.#restore();
      this.#pull();
    });
  }

  /** Missed heartbeats mean that the requests are lost, or that the consumer is. */
  #watch(): void {
    this.#watchdog = this.#clock.after(WATCH_MS, () => this.#watch());
    const nowMs = this.#clock.now();
    if (this.#heard || nowMs - this.#watchedMs > WATCH_MS + STALL_MS) this.#heardMs = nowMs;
    this.#heard = false;
    this.#watchedMs = nowMs;
    this.#requests.expire(nowMs);
    if (!this.#connection.connected || this.#requests.count === 0) return this.#pull();
    if (nowMs - this.#heardMs <= 2 * HEARTBEAT_MS) return;
    // Or the server is frozen: then another one is dialled.
    void this.#connection.probe();
    this.#requests.clear();
    this.#restore();
    this.#pull();
  }

  #restore(): void {
    if (this.#restoring || this.#stopped || !this.#connection.connected) return;
    this.#restoring = true;
    this.#source.restore().then(
      () => {
        this.#restoring = false;
        this.#pullInOrder();
      },
      (error: unknown) => {
        this.#restoring = false;
        this.#lost(error);
      },
    );
  }

  /** A stream that was deleted is not worth another try: nobody but its owner may make it anew. */
  #lost(error: unknown): void {
    if (this.#stopped) return;
    if (error instanceof JetlaneError && error.code === 'STREAM_GONE') this.#fail(error);
    else this.#rest(true);
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.subject !== this.#subject) return;
    this.#fail(
      new JetlaneError(
        'PERMISSION_DENIED',
        `these credentials may not pull from ${this.#source.durable}: allow them to publish to ${this.#subject}`,
        { cause: error },
      ),
    );
  }

  #fail(error: JetlaneError): void {
    if (this.#stopped) return;
    void this.stop(0);
    this.#subscriber.fail(error);
  }
}
