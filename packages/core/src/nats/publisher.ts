/**
 * Publishes through JetStream with a bounded window. How it works and what it costs:
 *
 * Every message carries a reply subject `<inbox>.<number>`; one subscription takes all acks and finds the waiting slot by
 * its number. There is no request, timer or subscription per message: one timer sweeps the window for retries and
 * deadlines. A retry sends the same bytes under the same `Nats-Msg-Id`, so a lost ack stores nothing twice. While the
 * connection is down nothing is written (the client would buffer it and then drop it); when it returns, the whole window
 * is written again, in order.
 */
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { type Msg, PermissionViolationError } from '@nats-io/nats-core';
import type { PublishAck } from '../bus.ts';
import { Queue } from '../queue.ts';
import { within } from '../within.ts';
import type { Connection } from './connection.ts';
import type { Listening } from './live-connection.ts';
import { readPubAck } from './pub-ack.ts';
import {
  closed,
  denied,
  noStream,
  notTaken,
  overloaded,
  resent,
  timedOut,
  unconfirmed,
} from './publish-errors.ts';
import { type Slot, toSlot } from './slot.ts';
import { type StreamLookup, streamLookup } from './stream-lookup.ts';
import { Window, type WindowOptions } from './window.ts';

const SWEEP_MS = 50;
/** No longer from one time to the next: a message must not sleep through most of its deadline when a leader is back. */
const RESEND_MS = 2_000;
const RESEND_BUSY_MS = 50;
/** Without any ack for this long, while some are due, the server is asked whether it lives; twice as long the next time. */
const SILENCE_MS = 3_000;
const SILENCE_MAX_MS = 60_000;

/** See the head of this file. */
export class Publisher {
  readonly #connection: Connection;
  readonly #limits: WindowOptions;
  readonly #inbox: string;
  readonly #window: Window;
  readonly #lookup: StreamLookup;
  readonly #stopListening: (() => void)[];
  /** Bulk writers that wait for room; each is told in turn. */
  readonly #writers = new Queue<() => void>();
  #acks: Listening;
  /** Why nothing can be published, if so. */
  #unusable: ((subject: string) => JetlaneError) | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  /** Whether an answer came since the last sweep. */
  #heard = false;
  #silentSinceMs = 0;
  #patienceMs = SILENCE_MS;

  constructor(connection: Connection, limits: WindowOptions) {
    this.#connection = connection;
    this.#limits = limits;
    this.#window = new Window(limits);
    this.#lookup = streamLookup(connection);
    this.#inbox = connection.newInbox();
    this.#acks = this.#listen();
    this.#stopListening = [
      connection.onChange((connected) => connected && this.#resume()),
      connection.onServerError((error) => this.#refuse(error)),
      connection.onEnd((error) => this.#giveUp(() => error)),
    ];
  }

  /** Stores one message. Waits for room in the window first; that wait counts towards the deadline. */
  store(message: EncodedMessage): Promise<PublishAck> {
    return new Promise((resolve, reject) => {
      const deadlineMs = Date.now() + this.#limits.publishTimeoutMs;
      const slot = toSlot(message, { deadlineMs, resolve, reject });
      const { subject } = message;
      if (this.#unusable !== undefined) return reject(this.#unusable(subject));
      if (this.#window.refuses(slot)) return reject(overloaded(subject, this.#window.size));
      this.#window.push(slot);
      this.#sweeper ??= this.#startSweeping();
      this.#refill();
    });
  }

  /** Undefined while there is room to store many; else a promise of when there will be. */
  room(): Promise<void> | undefined {
    if (this.#unusable !== undefined || !this.#window.crowded) return undefined;
    return new Promise((resolve) => this.#writers.push(resolve));
  }

  /** Resolves when every message so far is stored or refused; what is neither after `timeoutMs` is refused then. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#window.size > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      await within(timeoutMs, drained);
    }
    this.#giveUp(unconfirmed);
    this.#unusable = closed;
    for (const stop of this.#stopListening) stop();
    this.#acks.unsubscribe();
  }

  #listen(): Listening {
    return this.#connection.subscribe(
      `${this.#inbox}.*`,
      (msg) => this.#answer(msg),
      (error) => this.#giveUp(() => error),
    );
  }

  /** After a reconnect: everything that has no ack, in order. */
  #resume(): void {
    if (this.#unusable !== undefined) {
      // The server that refused the inbox may be another one now, or allow it.
      this.#unusable = undefined;
      this.#acks = this.#listen();
    }
    for (const [number, slot] of this.#window.inFlight) this.#send(number, slot);
    this.#refill();
  }

  #send(number: number, slot: Slot): void {
    if (!this.#connection.connected) return;
    slot.resendMs = Date.now() + RESEND_MS;
    slot.sends++;
    const { subject, payload } = slot.message;
    try {
      this.#connection.nc.publish(subject, payload, {
        reply: `${this.#inbox}.${number.toString(36)}`,
        headers: slot.headers,
      });
    } catch (cause) {
      this.#window.remove(number);
      slot.reject(notTaken(subject, this.#connection.maxPayload, cause));
    }
  }

  #answer(msg: Msg): void {
    this.#heard = true;
    const number = Number.parseInt(msg.subject.slice(this.#inbox.length + 1), 36);
    const slot = this.#window.inFlight.get(number);
    if (slot === undefined) return; // an ack that came after its deadline, or a second one after a retry
    const { subject } = slot.message;
    if (msg.data.length === 0 && msg.headers?.code === 503) return this.#nobody(number, slot);
    const answer = readPubAck(msg.string(), subject);
    if (answer.kind === 'again') return again(slot, answer.error);
    this.#window.remove(number);
    if (answer.kind === 'stored') slot.resolve(answer.ack);
    else slot.reject(slot.sends > 1 ? resent(answer.error) : answer.error);
    this.#refill();
  }

  /** Nobody took the message: either no stream stores its subject, or the stream has no leader at the moment. */
  #nobody(number: number, slot: Slot): void {
    const { subject } = slot.message;
    void this.#lookup.find(subject).then((stream) => {
      if (this.#window.inFlight.get(number) !== slot) return;
      const why =
        stream === undefined ? 'JetStream does not answer' : `stream ${stream} has no leader`;
      if (stream !== null)
        return again(slot, new JetlaneError('PUBLISH_TIMEOUT', `${subject}: ${why}`));
      this.#window.remove(number);
      slot.reject(noStream(subject));
      this.#refill();
    });
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.operation !== 'publish') return;
    for (const [number, slot] of this.#window.inFlight) {
      const { subject } = slot.message;
      if (subject !== error.subject) continue;
      this.#window.remove(number);
      slot.reject(denied(subject, error));
    }
    this.#refill();
  }

  /** Gives up: refuses what is pending and whatever comes, for this reason. */
  #giveUp(reason: (subject: string) => JetlaneError): void {
    this.#unusable = reason;
    for (const slot of this.#window.empty()) slot.reject(reason(slot.message.subject));
    this.#refill();
    this.#rest();
  }

  /** Sends what waits, as far as both limits allow, and lets the next writer come. */
  #refill(): void {
    for (let next = this.#window.admit(); next !== undefined; next = this.#window.admit())
      this.#send(...next);
    if (this.#unusable !== undefined) while (this.#writers.length > 0) this.#writers.shift()?.();
    else if (!this.#window.crowded) this.#writers.shift()?.();
    if (this.#window.size === 0) this.#drained?.();
  }

  #startSweeping(): NodeJS.Timeout {
    this.#silentSinceMs = Date.now();
    return setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** A server that is frozen keeps its connections open: without this it would be noticed after three pings only. */
  #listenForLife(nowMs: number): void {
    const { inFlight } = this.#window;
    if (this.#heard) this.#patienceMs = SILENCE_MS;
    if (this.#heard || inFlight.size === 0 || !this.#connection.connected)
      this.#silentSinceMs = nowMs;
    this.#heard = false;
    if (nowMs - this.#silentSinceMs < this.#patienceMs) return;
    this.#silentSinceMs = nowMs;
    this.#patienceMs = Math.min(2 * this.#patienceMs, SILENCE_MAX_MS);
    void this.#connection.probe();
  }

  #sweep(): void {
    const nowMs = Date.now();
    this.#listenForLife(nowMs);
    // What waits goes first, in the order it came: due messages must not be sent because others fell due.
    for (let next = this.#window.peek(); next && next.deadlineMs <= nowMs; ) {
      this.#window.shift();
      next.reject(this.#timeout(next));
      next = this.#window.peek();
    }
    for (const [number, slot] of this.#window.inFlight) {
      if (slot.deadlineMs <= nowMs) {
        this.#window.remove(number);
        slot.reject(this.#timeout(slot));
      } else if (slot.resendMs <= nowMs) this.#send(number, slot);
    }
    this.#refill();
    this.#rest();
  }

  /** Stops sweeping when nothing is pending. */
  #rest(): void {
    if (this.#window.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #timeout({ message, sends, last }: Slot): JetlaneError {
    const idle = this.#connection.connected ? 'the window stayed full' : 'there was no connection';
    const why = sends === 0 ? idle : `sent ${sends} times`;
    return timedOut(message.subject, this.#limits.publishTimeoutMs, why, last);
  }
}

function again(slot: Slot, error: JetlaneError): void {
  slot.last = error;
  slot.resendMs = Date.now() + RESEND_BUSY_MS * 2 ** Math.min(slot.sends, 5);
}
