/**
 * Publishes through JetStream with a bounded window. How it works and what it costs:
 *
 * Every message carries a reply subject that names its place in the window; one subscription takes all acks, and finds the
 * message in a table. There is no request, timer, clock reading or subscription per message: one timer sweeps the window for
 * retries and deadlines. What is left is a promise, the frame (`OwnFrames`) and reading some twenty bytes of ack
 * (`AckReader`). A retry sends the same bytes under the same `Nats-Msg-Id`, so a lost ack stores nothing twice. While the
 * connection is down nothing is written (it would be dropped); when it returns, the whole window is written again, in order.
 */
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { type Msg, PermissionViolationError } from '@nats-io/nats-core';
import type { PublishAck, Publishing } from '../bus.ts';
import { Queue } from '../queue.ts';
import { within } from '../within.ts';
import { AckReader } from './ack-reader.ts';
import { AdaptiveWindow, type WindowRange, windowMax } from './adaptive-window.ts';
import type { Connection } from './connection.ts';
import { type Frames, openFrames } from './frames.ts';
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
import { Slot, sizeOf } from './slot.ts';
import { type StreamLookup, streamLookup } from './stream-lookup.ts';
import { TurnClock } from './turn-clock.ts';
import { Window } from './window.ts';

/** How to publish. */
export interface PublisherOptions {
  readonly maxInFlight: number | WindowRange;
  readonly maxInFlightBytes: number;
  /** Whether a message waits for all earlier ones of its subject. Default false. */
  readonly ordered?: boolean;
  /** From the call to the ack; then `PUBLISH_TIMEOUT`. */
  readonly publishTimeoutMs: number;
  /** Default: as fast as can be. */
  readonly frames?: Frames;
}

const SWEEP_MS = 50;
/** When this process stood still for this long, acks may have come that it did not read. */
const STALL_MS = 1_000;
/** No longer from one time to the next: a message must not sleep through most of its deadline when a leader is back. */
const RESEND_MS = 2_000;
const RESEND_BUSY_MS = 50;
/** Without any ack for this long, while some are due, the server is asked whether it lives; twice as long the next time. */
const SILENCE_MS = 3_000;
const SILENCE_MAX_MS = 60_000;
/** Slots that are kept for later messages. */
const SPARE_MAX = 4_096;

/** See the head of this file. */
export class Publisher {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  readonly #window: Window;
  readonly #adaptive: AdaptiveWindow | undefined;
  readonly #frames: Frames;
  readonly #reader = new AckReader();
  readonly #clock = new TurnClock();
  readonly #lookup: StreamLookup;
  readonly #inbox: string;
  readonly #stopListening: (() => void)[];
  /** Bulk writers that wait for room; each is told in turn. */
  readonly #writers = new Queue<() => void>();
  readonly #spare: Slot[] = [];
  #acks: Listening;
  /** Why nothing can be published, if so. */
  #unusable: ((subject: string) => JetlaneError) | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;
  #number = 0;
  /** Whether an answer came since the last sweep. */
  #heard = false;
  #sweptMs = 0;
  #silentSinceMs = 0;
  #patienceMs = SILENCE_MS;
  /** The message whose ack is being timed, for an adaptive window. */
  #timed: { readonly number: number; readonly sentMs: number } | undefined;

  constructor(connection: Connection, options: PublisherOptions) {
    const { maxInFlight, maxInFlightBytes, ordered = false, publishTimeoutMs } = options;
    this.#connection = connection;
    this.#timeoutMs = publishTimeoutMs;
    this.#inbox = connection.newInbox();
    const limits = { messagesMax: windowMax(maxInFlight), bytesMax: maxInFlightBytes, ordered };
    this.#window = new Window(limits, this.#inbox);
    if (typeof maxInFlight !== 'number') {
      this.#adaptive = new AdaptiveWindow(maxInFlight);
      this.#window.limit = this.#adaptive.limit;
    }
    this.#frames = options.frames ?? openFrames(connection.nc);
    this.#lookup = streamLookup(connection);
    this.#acks = this.#listen();
    this.#stopListening = [
      connection.onChange((connected) => connected && this.#resume()),
      connection.onServerError((error) => this.#refuse(error)),
      connection.onEnd((error) => this.#giveUp(() => error)),
    ];
  }

  /** How it goes. */
  get state(): Publishing {
    const { flight, waiting, limit } = this.#window;
    return {
      inFlight: flight.size,
      waiting,
      window: limit,
      ackMs: this.#adaptive?.ackMs,
      frames: this.#frames.by,
    };
  }

  /** Stores one message. Waits for room in the window first; that wait counts towards the deadline, and so does `waitedMs` before. */
  store(message: EncodedMessage, waitedMs = 0): Promise<PublishAck> {
    return new Promise((resolve, reject) => {
      const { subject } = message;
      const sizeBytes = sizeOf(message);
      if (this.#unusable !== undefined) return reject(this.#unusable(subject));
      if (this.#window.refuses(sizeBytes)) return reject(overloaded(subject, this.#window.size));
      const slot = this.#spare.pop() ?? new Slot();
      slot.number = ++this.#number;
      slot.message = message;
      slot.resolve = resolve;
      slot.reject = reject;
      slot.sizeBytes = sizeBytes;
      slot.deadlineMs = this.#clock.now() + this.#timeoutMs - waitedMs;
      this.#sweeper ??= this.#startSweeping();
      if (this.#window.enter(slot)) this.#send(slot);
      else if (this.#window.full) this.#adaptive?.filled();
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
    for (const slot of this.#window.flight.inOrder()) this.#send(slot);
    this.#refill();
  }

  #send(slot: Slot): void {
    if (!this.#connection.connected) return;
    const nowMs = this.#clock.now();
    slot.resendMs = nowMs + RESEND_MS;
    if (slot.sends++ === 0 && this.#adaptive !== undefined && this.#timed === undefined)
      this.#timed = { number: slot.number, sentMs: performance.now() };
    try {
      this.#frames.write(slot.message, this.#window.flight.replyOf(slot));
    } catch (cause) {
      const { subject } = slot.message;
      this.#refused(slot, notTaken(subject, this.#connection.maxPayload, cause));
    }
  }

  #answer(msg: Msg): void {
    this.#heard = true;
    const slot = this.#window.flight.find(replyOf(msg));
    if (slot === undefined) return; // an ack that came after its deadline, or a second one after a retry
    const ack = this.#reader.read(msg.data);
    if (ack === undefined) return this.#answerUnusual(slot, msg);
    this.#stored(slot, ack);
    this.#refill();
  }

  #answerUnusual(slot: Slot, msg: Msg): void {
    const { subject } = slot.message;
    if (msg.data.length === 0 && msg.headers?.code === 503) return this.#nobody(slot);
    const answer = readPubAck(msg.string(), subject);
    if (answer.kind === 'again') return this.#again(slot, answer.error);
    if (answer.kind === 'stored') {
      this.#reader.learn(answer.ack);
      this.#stored(slot, answer.ack);
    } else this.#refused(slot, slot.sends > 1 ? resent(answer.error) : answer.error);
    this.#refill();
  }

  #stored(slot: Slot, ack: PublishAck): void {
    if (this.#adaptive !== undefined) this.#note(slot);
    const { resolve } = slot;
    this.#window.remove(slot);
    this.#free(slot);
    resolve(ack);
  }

  #refused(slot: Slot, error: JetlaneError): void {
    const { reject } = slot;
    this.#window.remove(slot);
    this.#free(slot);
    reject(error);
  }

  #free(slot: Slot): void {
    if (slot.number === this.#timed?.number) this.#timed = undefined;
    slot.clear();
    if (this.#spare.length < SPARE_MAX) this.#spare.push(slot);
  }

  /** Lets an adaptive window know how long an ack took. */
  #note({ number, sends }: Slot): void {
    const { adaptive, timed } = { adaptive: this.#adaptive, timed: this.#timed };
    if (adaptive === undefined || timed?.number !== number || sends > 1) return;
    if (this.#window.full) adaptive.filled();
    adaptive.note(timed.sentMs, performance.now());
    this.#window.limit = adaptive.limit;
  }

  /** Nobody took the message: either no stream stores its subject, or the stream has no leader at the moment. */
  #nobody(slot: Slot): void {
    const { number, message } = slot;
    const { subject } = message;
    void this.#lookup.find(subject).then((stream) => {
      if (slot.number !== number || slot.message !== message) return;
      const why =
        stream === undefined ? 'JetStream does not answer' : `stream ${stream} has no leader`;
      if (stream !== null)
        return this.#again(slot, new JetlaneError('PUBLISH_TIMEOUT', `${subject}: ${why}`));
      this.#refused(slot, noStream(subject));
      this.#refill();
    });
  }

  #again(slot: Slot, error: JetlaneError): void {
    slot.last = error;
    slot.resendMs = this.#clock.now() + RESEND_BUSY_MS * 2 ** Math.min(slot.sends, 5);
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.operation !== 'publish') return;
    for (const slot of this.#window.flight.slots) {
      const subject = slot?.message.subject;
      if (slot !== undefined && subject === error.subject)
        this.#refused(slot, denied(subject, error));
    }
    this.#refill();
  }

  /** Gives up: refuses what is pending and whatever comes, for this reason. */
  #giveUp(reason: (subject: string) => JetlaneError): void {
    this.#unusable = reason;
    for (const slot of this.#window.empty()) {
      const { message, reject } = slot;
      this.#free(slot);
      reject(reason(message.subject));
    }
    this.#refill();
    this.#rest();
  }

  /** Sends what waits, as far as both limits allow, and lets the next writer come. */
  #refill(): void {
    const window = this.#window;
    if (window.waiting > 0)
      for (let next = window.admit(); next !== undefined; next = window.admit()) this.#send(next);
    if (this.#writers.length > 0) {
      if (this.#unusable !== undefined) while (this.#writers.length > 0) this.#writers.shift()?.();
      else if (!window.crowded) this.#writers.shift()?.();
    }
    if (this.#drained !== undefined && window.size === 0) this.#drained();
  }

  #startSweeping(): NodeJS.Timeout {
    this.#sweptMs = performance.now();
    this.#silentSinceMs = this.#sweptMs;
    return setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** A server that is frozen keeps its connections open: without this it would be noticed after three pings only. */
  #listenForLife(nowMs: number): void {
    if (this.#heard) this.#patienceMs = SILENCE_MS;
    if (this.#heard || this.#window.flight.size === 0 || !this.#connection.connected)
      this.#silentSinceMs = nowMs;
    this.#heard = false;
    if (nowMs - this.#silentSinceMs < this.#patienceMs) return;
    this.#silentSinceMs = nowMs;
    this.#patienceMs = Math.min(2 * this.#patienceMs, SILENCE_MAX_MS);
    void this.#connection.probe();
  }

  #sweep(): void {
    const nowMs = performance.now();
    const stalled = nowMs - this.#sweptMs > STALL_MS;
    this.#sweptMs = nowMs;
    if (stalled) return;
    this.#listenForLife(nowMs);
    // What waits goes first, in the order it came: due messages must not be sent because others fell due.
    for (const slot of this.#window.expired(nowMs)) {
      const { reject } = slot;
      const error = this.#timeout(slot);
      this.#free(slot);
      reject(error);
    }
    for (const slot of this.#window.flight.slots) {
      if (slot === undefined) continue;
      if (slot.deadlineMs <= nowMs) this.#refused(slot, this.#timeout(slot));
      else if (slot.resendMs <= nowMs) this.#send(slot);
    }
    this.#refill();
    this.#rest();
  }

  /** Stops sweeping when nothing is pending. A writer that was told may have given up, so the others are told in time too. */
  #rest(): void {
    if (this.#window.size > 0 || this.#writers.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #timeout({ message, sends, last }: Slot): JetlaneError {
    const idle = this.#connection.connected ? 'the window stayed full' : 'there was no connection';
    const why = sends === 0 ? idle : sends === 1 ? 'sent once' : `sent ${sends} times`;
    return timedOut(message.subject, this.#timeoutMs, why, last);
  }
}

/** The subject that an answer came on: as it arrived, where the NATS client lets that be seen, which spares decoding it. */
function replyOf(msg: Msg): string | Uint8Array {
  const { _msg } = msg as { readonly _msg?: { readonly subject?: unknown } };
  const arrived = _msg?.subject;
  return arrived instanceof Uint8Array ? arrived : msg.subject;
}
