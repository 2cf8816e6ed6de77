/**
 * Pulls from a durable consumer exactly as many messages as there is room for. How it works:
 *
 * `credit` is what was asked for and has not come. Whenever at least half of the room is neither held nor asked for, one
 * pull request asks for all of it, so requests are rare and the server never has more to send than fits. Requests end by
 * themselves (408) and say how many messages they still owed, which gives that credit back. The server sends a heartbeat
 * while a request is open; when two are missed, or the connection was lost, the old inbox is dropped with its requests
 * and a new one starts from nothing.
 */
import { JetlaneError } from '@jetlane/contracts';
import { createInbox, type Msg, type Subscription as NatsSubscription } from '@nats-io/nats-core';
import type { Subscriber } from '../bus.ts';
import type { Connection } from './connection.ts';
import { isDelivery, NatsDelivery } from './nats-delivery.ts';

/** The consumer that a puller pulls from, and who brings it back when it is gone. */
export interface PullSource {
  readonly stream: string;
  readonly durable: string;
  /** Makes sure that the consumer exists. Rejects with `STREAM_GONE` when it can not. */
  readonly restore: () => Promise<void>;
}

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** After a status that says neither how long to wait nor what is wrong. */
const PAUSE_MS = 250;

/** See the head of this file. */
export class Puller {
  readonly #connection: Connection;
  readonly #source: PullSource;
  readonly #subscriber: Subscriber;
  readonly #subject: string;
  readonly #stopListening: () => void;
  readonly #watchdog: NodeJS.Timeout;
  /** Places taken by messages that the worker holds. */
  #held = 0;
  #credit = 0;
  #inbox = '';
  #subscription: NatsSubscription | undefined;
  #requests = 0;
  #heardMs = 0;
  #pausedUntilMs = 0;
  #restoring: Promise<void> | undefined;
  #stopped = false;

  constructor(connection: Connection, source: PullSource, subscriber: Subscriber) {
    this.#connection = connection;
    this.#source = source;
    this.#subscriber = subscriber;
    this.#subject = `${connection.apiPrefix}.CONSUMER.MSG.NEXT.${source.stream}.${source.durable}`;
    this.#stopListening = connection.onChange((connected) => connected && this.#restart());
    this.#watchdog = setInterval(() => this.#watch(), HEARTBEAT_MS / 5);
    this.#restart();
  }

  /** Says that the worker has let go of `count` messages. */
  release(count: number): void {
    this.#held -= count;
    this.#pull();
  }

  /** Asks for no more. What the server sent before it learned so is still delivered; then this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    this.#stopListening();
    // A connection that is down delivers nothing, and its drain would wait for it to return.
    if (this.#connection.connected) await this.#subscription?.drain().catch(() => {});
    else this.#subscription?.unsubscribe();
  }

  /** Forgets every request and begins anew. */
  #restart(): void {
    if (this.#stopped) return;
    this.#subscription?.unsubscribe();
    this.#inbox = createInbox();
    this.#credit = 0;
    this.#heardMs = Date.now();
    this.#subscription = this.#connection.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_, msg) => this.#receive(msg),
    });
    this.#pull();
  }

  #pull(): void {
    const { room } = this.#subscriber;
    const free = room - this.#held - this.#credit;
    if (this.#stopped || !this.#connection.connected || free < Math.max(1, room / 2)) return;
    if (Date.now() < this.#pausedUntilMs || this.#restoring !== undefined) return;
    if (this.#credit === 0) this.#heardMs = Date.now();
    this.#credit += free;
    const request = { batch: free, expires: EXPIRES_MS * 1e6, idle_heartbeat: HEARTBEAT_MS * 1e6 };
    this.#connection.nc.publish(this.#subject, JSON.stringify(request), {
      reply: `${this.#inbox}.${this.#requests++}`,
    });
  }

  #receive(msg: Msg): void {
    this.#heardMs = Date.now();
    if (!isDelivery(msg)) return this.#status(msg);
    this.#credit--;
    this.#held++;
    this.#subscriber.deliver(new NatsDelivery(msg));
  }

  /** What the server says about a request instead of a message. */
  #status(msg: Msg): void {
    const { code = 0, description = '' } = msg.headers ?? {};
    if (code === 100) return; // a heartbeat: the request is alive
    const owed = Number(msg.headers?.get('Nats-Pending-Messages') || 0);
    this.#credit = Math.max(0, this.#credit - owed);
    if (code === 408 || (code === 409 && /batch completed/i.test(description))) return this.#pull();
    if (code === 409 && /deleted/i.test(description)) return this.#restore();
    // 404, 409 (leadership change, limits) and 503 (no responders): the request is over, whatever it owed.
    this.#credit = 0;
    this.#pausedUntilMs = Date.now() + PAUSE_MS;
    setTimeout(() => this.#afterPause(code), PAUSE_MS);
  }

  #afterPause(code: number): void {
    if (this.#stopped) return;
    if (code === 503) this.#restore();
    else this.#restart();
  }

  /** Missed heartbeats mean that the requests are lost, or that the consumer is. */
  #watch(): void {
    const silentMs = Date.now() - this.#heardMs;
    if (!this.#connection.connected || this.#credit === 0) return this.#pull();
    if (silentMs > 2 * HEARTBEAT_MS) this.#restore();
  }

  #restore(): void {
    if (this.#restoring !== undefined || this.#stopped) return;
    this.#restoring = this.#source
      .restore()
      .then(
        () => true,
        (error: unknown) => this.#lost(error),
      )
      .then((usable) => {
        this.#restoring = undefined;
        if (usable) this.#restart();
      });
  }

  /** Whether it is worth trying again. A stream that was deleted is not: nobody but its owner may make it anew. */
  #lost(error: unknown): boolean {
    const gone = error instanceof JetlaneError && error.code === 'STREAM_GONE';
    if (gone) {
      void this.stop();
      this.#subscriber.fail(error);
    } else this.#pausedUntilMs = Date.now() + PAUSE_MS;
    return !gone;
  }
}
