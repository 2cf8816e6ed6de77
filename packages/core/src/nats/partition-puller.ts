/**
 * Pulls one partition for the process that it is assigned to. How it works:
 *
 * - **claiming**: one request for one message, without a pin. The server gives its pin with the first; until then, this stands by.
 * - **gathering**: the pin is here, and what the last owner left behind comes first: see {@link Gathering}. The same whenever deliveries may
 *   have been lost, or this process was away for so long that it may have lost what it holds.
 * - **active**: what arrives is handed over. Whenever half of the room is free a request asks for all of it.
 * - **leaving**: nothing is asked for; when what is held is settled the pin is given up, so that the next owner begins at once.
 *
 * The server forgets a pin whose owner does not ask for anything for some seconds, however many requests are open and however busy it is. So a
 * request that no message fits renews it, several times in that span. A request that names a pin which is gone is refused: the partition is claimed
 * anew. Whoever has it then gathers until what this process holds is settled or its ack wait is over, so no two of them have one key in hand.
 */
import { JetlaneError } from '@jetlane/contracts';
import type { Msg } from '@nats-io/nats-core';
import { type Clock, realClock } from '../clock.ts';
import { PIN_GROUP } from '../partitions/partition-names.ts';
import { PIN_TIMEOUT_MS } from '../partitions/queue-config.ts';
import { within } from '../within.ts';
import { ByteRoom } from './byte-room.ts';
import { Gathering } from './gathering.ts';
import type { Connection, Listening } from './live-connection.ts';
import { type AroundDelivery, isDelivery, NatsDelivery, toAround } from './nats-delivery.ts';
import { inOrder, PartitionDelivery } from './partition-delivery.ts';
import type { PartitionSource } from './partition-source.ts';
import { PinRenewals, RENEWAL } from './pin-renewals.ts';
import { PullRequests } from './pull-requests.ts';
import { owedIn, type PullLimits, readStatus, unlimited } from './pull-status.ts';

type State = 'claiming' | 'gathering' | 'active' | 'leaving' | 'ended';

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 1_000;
/** Heartbeats missed after which the server is taken to have forgotten the open requests. */
const MISSED_MAX = 3;
const PAUSE_MS = 250;
/** What no handler has begun this long after the partition was to be handed over goes back. */
const LEAVING_MAX_MS = 2_000;

/** See the head of this file. */
export class PartitionPuller {
  readonly #connection: Connection;
  readonly #source: PartitionSource;
  readonly #subject: string;
  readonly #renewMs: number;
  readonly #clock: Clock;
  #watchdog: () => void;
  readonly #requests = new PullRequests();
  readonly #bytes: ByteRoom;
  readonly #around: AroundDelivery;
  /** What is held and not settled, by position in the queue. */
  readonly #held = new Map<number, PartitionDelivery>();
  #limits: PullLimits = unlimited(EXPIRES_MS);
  #state: State = 'claiming';
  #pin = '';
  /** The last one that was lost: messages under it may still be on their way. */
  #oldPin = '';
  #inbox = '';
  #answers: Listening | undefined;
  #heardMs = 0;
  readonly #renewals = new PinRenewals();
  #settled = 0;
  #gathering: Gathering | undefined;
  #pause: (() => void) | undefined;
  #left: (() => void) | undefined;
  #leavingMs = 0;

  constructor(connection: Connection, source: PartitionSource, clock: Clock = realClock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#source = source;
    this.#bytes = new ByteRoom(source.maxBytes);
    this.#around = toAround({ nc: connection.nc, room: this.#bytes });
    this.#subject = `${connection.apiPrefix}.CONSUMER.MSG.NEXT.${source.queue}.${source.durable}`;
    this.#renewMs = Math.min(PIN_TIMEOUT_MS, source.ackWaitMs) / 3;
    this.#watchdog = clock.after(this.#renewMs, () => this.#watch());
    this.#listen();
    this.#claim();
  }

  /** The pin, or nothing. */
  get pin(): string {
    return this.#pin;
  }

  /** Whether it asks for messages: not so when it is on its way out. */
  get wanted(): boolean {
    return this.#state !== 'leaving' && this.#state !== 'ended';
  }

  /** More may be held now. */
  grow(): void {
    this.#pull();
  }

  /** Asks for no more; resolves when nothing further arrives. `left` is called when all is settled and the pin given up. */
  async leave(left: () => void, timeoutMs: number): Promise<void> {
    if (!this.wanted) return;
    this.#left = left;
    this.#state = 'leaving';
    this.#leavingMs = this.#clock.monotonic();
    this.#pause?.();
    this.#requests.clear();
    const kept = this.#gathering?.stop() ?? [];
    this.#gathering = undefined;
    const listening = this.#answers;
    this.#answers = undefined;
    // A connection that is down delivers nothing, and its drain would wait for it to return.
    if (this.#connection.connected && listening !== undefined)
      await within(timeoutMs, listening.drain(), this.#clock);
    listening?.unsubscribe();
    for (const delivery of kept) this.#giveBack(delivery);
    if (this.#held.size === 0) this.#end();
  }

  /** The connection was lost. Its requests are forgotten; what was on its way may be, too. */
  disconnected(): void {
    this.#answers?.unsubscribe();
    this.#answers = undefined;
    this.#requests.clear();
    this.#renewals.clear();
  }

  /** It is back. The server may still serve the requests of the old one, so its pin must not count any more. */
  async reconnected(): Promise<void> {
    if (!this.wanted) return;
    this.#listen();
    this.#giveBackKept();
    const pin = this.#pin;
    this.#claim();
    if (pin === '') return;
    const standing = await this.#source.look().catch(() => undefined);
    if (standing?.pin === pin) this.#unpin();
  }

  #listen(): void {
    this.disconnected();
    if (!this.#connection.connected) return;
    this.#inbox = this.#connection.newInbox();
    this.#answers = this.#connection.subscribe(
      `${this.#inbox}.*`,
      (msg) => this.#receive(msg),
      (error) => this.#source.fail(error),
    );
  }

  /** Begins anew, without a pin. What is held is still held: whoever is next waits for it. */
  #claim(): void {
    if (this.#pin !== '') {
      this.#oldPin = this.#pin;
      this.#pin = '';
      this.#source.changed();
    }
    this.#state = 'claiming';
    this.#renewals.clear();
    if (this.#connection.connected && this.#answers !== undefined) this.#ask(1);
  }

  #giveBackKept(): void {
    const kept = this.#gathering?.stop() ?? [];
    this.#gathering = undefined;
    for (const delivery of kept) this.#giveBack(delivery);
  }

  /** After a while away it may be another's, and in hand there. */
  #giveBack(delivery: PartitionDelivery): void {
    if (this.#wasAway) delivery.drop();
    else delivery.nak(0);
  }

  #pull(): void {
    if (this.#state !== 'active' || this.#pause !== undefined || !this.#connection.connected)
      return;
    const room = this.#source.room();
    const free = room - this.#held.size - this.#requests.left;
    if (free < Math.max(1, room / 2)) return;
    const bytes = this.#bytes.next(this.#requests.bytesLeft, this.#limits.bytesMax);
    if (bytes === 'one') this.#ask(1);
    else if (bytes !== undefined) this.#ask(free, bytes);
  }

  /** However large, where no bytes are named: what is missing was in somebody's hand before. */
  #ask(count: number, bytes?: number): void {
    const nowMs = this.#clock.monotonic();
    const { batchMax, expiresMs } = this.#limits;
    const batch = Math.min(count, batchMax);
    const heartbeatMs = Math.min(HEARTBEAT_MS, Math.floor(expiresMs / 2));
    if (this.#requests.count === 0) this.#heardMs = nowMs;
    const number = this.#requests.open(batch, nowMs + expiresMs + HEARTBEAT_MS, bytes);
    const expiry = { expires: expiresMs * 1e6, idle_heartbeat: heartbeatMs * 1e6 };
    this.#send(String(number), { batch, ...expiry, max_bytes: bytes });
  }

  /** No message is as small as one byte, so this brings none. */
  #renew(): void {
    if (this.#pin === '' || this.#answers === undefined) return;
    const token = this.#renewals.next(this.#clock.monotonic());
    this.#send(token, { batch: 1, no_wait: true, max_bytes: 1 });
  }

  #send(token: string, request: object): void {
    const group = this.#pin === '' ? { group: PIN_GROUP } : { group: PIN_GROUP, id: this.#pin };
    this.#connection.nc.publish(this.#subject, JSON.stringify({ ...request, ...group }), {
      reply: `${this.#inbox}.${token}`,
    });
  }

  #receive(msg: Msg): void {
    if (!isDelivery(msg)) return this.#heed(msg);
    this.#heardMs = this.#clock.monotonic();
    const copy = new NatsDelivery(msg, this.#around);
    this.#requests.fill(copy.bytes);
    const pin = copy.header('Nats-Pin-Id') ?? '';
    const delivery = new PartitionDelivery(copy, pin, (one, how) => this.#released(one, how));
    const { queueSeq } = delivery;
    const isLate = !this.wanted || (pin !== '' && pin === this.#oldPin);
    // A handler may be at it: to give back its second delivery would give the message away from under it.
    if (isLate && this.#held.has(queueSeq)) return copy.drop();
    this.#held.get(queueSeq)?.forget();
    this.#held.set(queueSeq, delivery);
    if (isLate) return this.#giveBack(delivery);
    if (this.#state === 'claiming') this.#pinned(pin);
    else if (this.#state === 'active' && this.#wasAway) this.#gather();
    // Also what the worker has already: it may have been long on its way, and another's by now.
    if (this.#gathering === undefined) this.#source.deliver(delivery);
    else this.#gathering.keep(delivery);
  }

  /** Whether what is held may have been given to somebody else: nothing was heard of the pin for too long. */
  get #wasAway(): boolean {
    return this.#clock.monotonic() - this.#renewals.confirmedMs > 2.5 * this.#renewMs;
  }

  #released(delivery: PartitionDelivery, how: 'done' | 'returned'): void {
    this.#settled++;
    const { queueSeq } = delivery;
    if (how === 'done') this.#gathering?.forget(queueSeq);
    if (how === 'done' || this.#held.get(queueSeq) === delivery) this.#held.delete(queueSeq);
    if (this.#state === 'active' && how === 'returned') this.#startOver();
    else if (this.#state === 'active') this.#pull();
    else if (this.#state === 'leaving' && this.#held.size === 0 && this.#answers === undefined)
      this.#end();
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#watchdog();
    if (this.#pin !== '') this.#unpin();
    this.#pin = '';
    this.#source.changed();
    this.#left?.();
  }

  #pinned(pin: string): void {
    this.#pin = pin;
    // What brought it may have waited for this process to wake: only an answer to what is asked now counts.
    this.#renewals.confirmedMs = Number.NEGATIVE_INFINITY;
    this.#source.changed();
    this.#gather();
  }

  #unpin(): void {
    if (!this.#connection.connected) return;
    const { queue, durable } = this.#source;
    const subject = `${this.#connection.apiPrefix}.CONSUMER.UNPIN.${queue}.${durable}`;
    this.#connection.nc.publish(subject, JSON.stringify({ group: PIN_GROUP }));
  }

  #heed(msg: Msg): void {
    const token = msg.subject.slice(this.#inbox.length + 1);
    const code = msg.headers?.code ?? 0;
    const description = msg.headers?.description ?? '';
    if (code === 423) return this.#refused(token, description);
    if (token.startsWith(RENEWAL)) {
      this.#renewals.answered(token, code !== 503);
      return code === 503 ? this.#rest(true) : undefined;
    }
    this.#heardMs = this.#clock.monotonic();
    const verdict = readStatus(code, description);
    if (verdict.next === 'wait') return;
    const owed = owedIn(msg);
    this.#requests.close(Number(token), owed.messages, owed.bytes);
    if (verdict.next === 'larger') this.#bytes.refuse(owed.bytes);
    if (verdict.next === 'fail') return this.#source.fail(verdict.error);
    if (verdict.next === 'limit') this.#limits = { ...this.#limits, ...verdict.limits };
    if (AGAIN.has(verdict.next)) return this.#again();
    // The server that had the pin is not the one that decides any more.
    if (verdict.next === 'moved' && this.wanted) this.#reclaim();
    this.#rest(verdict.next === 'restore');
  }

  /** Another process has the pin, or nobody. */
  #refused(token: string, description: string): void {
    this.#requests.close(Number(token));
    if (!this.wanted || this.#pin === '') return;
    this.#reclaim();
    // Somebody is waiting for what is held here.
    if (/mismatch/i.test(description)) this.#source.withdraw(inOrder(this.#held.values()));
  }

  #reclaim(): void {
    this.#giveBackKept();
    this.#requests.clear();
    this.#claim();
  }

  #again(): void {
    if (this.#state === 'claiming' && this.#requests.count === 0) this.#claim();
    else this.#pull();
  }

  #rest(restore: boolean): void {
    if (!this.wanted) return;
    this.#pause ??= this.#clock.after(PAUSE_MS, () => {
      this.#pause = undefined;
      if (!this.wanted) return;
      if (!restore) return this.#again();
      this.#source.restore().then(
        () => this.#again(),
        (error: unknown) => {
          if (error instanceof JetlaneError && error.code === 'STREAM_GONE')
            this.#source.fail(error);
          else this.#rest(true);
        },
      );
    });
  }

  #watch(): void {
    this.#watchdog = this.#clock.after(this.#renewMs, () => this.#watch());
    if (!this.#connection.connected) return;
    if (this.#state === 'leaving') {
      // Its inbox is closed; the server counts the request all the same.
      this.#send(RENEWAL, { batch: 1, no_wait: true, max_bytes: 1 });
      const { ackWaitMs, timeoutMs } = this.#source;
      const tookMs = this.#clock.monotonic() - this.#leavingMs;
      if (tookMs > LEAVING_MAX_MS) this.#source.withdraw(inOrder(this.#held.values()));
      // Whatever still holds it here: the next owner waits for that, and this one in the way of it would be worse.
      if (tookMs > LEAVING_MAX_MS + timeoutMs + ackWaitMs) this.#end();
      return;
    }
    if (this.#state === 'active' && this.#wasAway) this.#gather();
    else this.#renew();
    const nowMs = this.#clock.monotonic();
    this.#requests.expire(nowMs);
    if (this.#requests.count > 0 && nowMs - this.#heardMs > MISSED_MAX * HEARTBEAT_MS) {
      this.#requests.clear();
      this.#rest(true);
    }
    this.#again();
  }

  /** What came under the pin that counts. */
  get #heldNow(): number {
    let count = 0;
    for (const { pin } of this.#held.values()) if (pin === this.#pin) count++;
    return count;
  }

  #gather(kept: readonly PartitionDelivery[] = []): void {
    this.#state = 'gathering';
    this.#gathering?.stop();
    if (this.#wasAway) this.#renew();
    const { ackWaitMs, timeoutMs } = this.#source;
    this.#gathering = new Gathering({
      clock: this.#clock,
      ackWaitMs,
      timeoutMs,
      pin: this.#pin,
      look: () => this.#source.look(),
      standing: () => ({ held: this.#heldNow, settled: this.#settled }),
      fetch: (count) => {
        const wanted = count - this.#requests.left;
        if (wanted > 0 && this.#connection.connected) this.#ask(wanted);
      },
      complete: (kept) => this.#complete(kept),
      lost: () => this.#reclaim(),
    });
    for (const delivery of kept) this.#gathering.keep(delivery);
  }

  /** One went back: what is behind it, here or on its way, must not overtake it. */
  #startOver(): void {
    this.#gather();
    this.#source.withdraw(inOrder(this.#held.values()));
  }

  #complete(kept: readonly PartitionDelivery[]): void {
    // What the server said may have waited for this process to wake: it has to say again that the pin counts.
    if (this.#wasAway) return this.#gather(kept);
    this.#gathering = undefined;
    this.#state = 'active';
    for (const delivery of kept) this.#source.deliver(delivery);
    this.#pull();
  }
}

const AGAIN = new Set<string>(['pull', 'limit', 'larger']);
