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
import { createInbox, type Msg, PermissionViolationError } from '@nats-io/nats-core';
import type { PublishAck } from '../bus.ts';
import type { Connection } from './connection.ts';
import { type HeaderBlock, headerBlock } from './header-block.ts';
import { readPubAck } from './pub-ack.ts';
import { type StreamLookup, streamLookup } from './stream-lookup.ts';

/** Limits of the window. */
export interface WindowOptions {
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  /** From the call to the ack; then `PUBLISH_TIMEOUT`. */
  readonly publishTimeoutMs: number;
}

/** One message between `store` and its ack. */
interface Slot {
  readonly message: EncodedMessage;
  readonly headers: HeaderBlock;
  readonly sizeBytes: number;
  readonly deadlineMs: number;
  /** When to send it again, unless an ack comes first. */
  resendMs: number;
  sends: number;
  /** What the server said last, for the words of a timeout. */
  last: JetlaneError | undefined;
  readonly resolve: (ack: PublishAck) => void;
  readonly reject: (error: unknown) => void;
}

const SWEEP_MS = 50;
const RESEND_FIRST_MS = 2_000;
const RESEND_BUSY_MS = 50;
/** Reply subject and protocol words around a message. */
const FRAME_BYTES = 64;

/** See the head of this file. */
export class Publisher {
  readonly #connection: Connection;
  readonly #limits: WindowOptions;
  readonly #inbox = createInbox();
  readonly #window = new Map<number, Slot>();
  readonly #lookup: StreamLookup;
  readonly #stopListening: (() => void)[];
  #queue: Slot[] = [];
  #queueHead = 0;
  #windowBytes = 0;
  #number = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  constructor(connection: Connection, limits: WindowOptions) {
    this.#connection = connection;
    this.#limits = limits;
    this.#lookup = streamLookup(connection);
    const subscription = connection.nc.subscribe(`${this.#inbox}.*`, {
      callback: (_, msg) => this.#answer(msg),
    });
    this.#stopListening = [
      connection.onChange((connected) => connected && this.#sendAll()),
      connection.onServerError((error) => this.#refuse(error)),
      () => subscription.unsubscribe(),
    ];
  }

  /** Stores one message. Waits for room in the window first; that wait counts towards the deadline. */
  store(message: EncodedMessage): Promise<PublishAck> {
    return new Promise((resolve, reject) => {
      const headers = headerBlock(message.headers);
      const sizeBytes =
        message.payload.length + headers.encode().length + message.subject.length + FRAME_BYTES;
      const deadlineMs = Date.now() + this.#limits.publishTimeoutMs;
      const slot: Slot = {
        message,
        headers,
        sizeBytes,
        deadlineMs,
        resendMs: 0,
        sends: 0,
        last: undefined,
        resolve,
        reject,
      };
      if (this.#waiting === 0 && this.#hasRoom(sizeBytes)) this.#admit(slot);
      else this.#queue.push(slot);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
    });
  }

  /** Resolves when every message so far is stored or refused; each has its own deadline, so this ends. */
  async drain(): Promise<void> {
    if (this.#window.size + this.#waiting > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    clearInterval(this.#sweeper);
    for (const stop of this.#stopListening) stop();
  }

  get #waiting(): number {
    return this.#queue.length - this.#queueHead;
  }

  #hasRoom(sizeBytes: number): boolean {
    const { maxInFlight, maxInFlightBytes } = this.#limits;
    // One message always fits, or a message larger than the byte limit would wait for ever.
    return (
      this.#window.size === 0 ||
      (this.#window.size < maxInFlight && this.#windowBytes + sizeBytes <= maxInFlightBytes)
    );
  }

  #admit(slot: Slot): void {
    const number = this.#number++;
    this.#window.set(number, slot);
    this.#windowBytes += slot.sizeBytes;
    this.#send(number, slot);
  }

  #send(number: number, slot: Slot): void {
    if (!this.#connection.connected) return;
    slot.resendMs = Date.now() + RESEND_FIRST_MS * 2 ** Math.min(slot.sends, 3);
    slot.sends++;
    const { subject, payload } = slot.message;
    try {
      this.#connection.nc.publish(subject, payload, {
        reply: `${this.#inbox}.${number.toString(36)}`,
        headers: slot.headers,
      });
    } catch (cause) {
      this.#settle(number, slot, () => slot.reject(closed(subject, cause)));
    }
  }

  /** After a reconnect: everything that has no ack, in order. */
  #sendAll(): void {
    for (const [number, slot] of this.#window) this.#send(number, slot);
  }

  #answer(msg: Msg): void {
    const number = Number.parseInt(msg.subject.slice(this.#inbox.length + 1), 36);
    const slot = this.#window.get(number);
    if (slot === undefined) return; // an ack that came after its deadline, or a second one after a retry
    const { subject } = slot.message;
    if (msg.data.length === 0 && msg.headers?.code === 503) return this.#nobody(number, slot);
    const answer = readPubAck(msg.string(), subject);
    if (answer.kind === 'stored') return this.#settle(number, slot, () => slot.resolve(answer.ack));
    if (answer.kind === 'refused')
      return this.#settle(number, slot, () => slot.reject(answer.error));
    if (answer.kind === 'again') {
      slot.last = answer.error;
      slot.resendMs = Date.now() + RESEND_BUSY_MS * 2 ** Math.min(slot.sends, 5);
    }
  }

  /** Nobody took the message: either no stream stores its subject, or the stream has no leader at the moment. */
  #nobody(number: number, slot: Slot): void {
    const { subject } = slot.message;
    void this.#lookup.find(subject).then((stream) => {
      if (this.#window.get(number) !== slot) return;
      slot.last = new JetlaneError(
        'PUBLISH_TIMEOUT',
        `${subject}: ${stream === undefined ? 'JetStream does not answer' : `stream ${stream} has no leader`}`,
      );
      slot.resendMs = Date.now() + RESEND_BUSY_MS * 2 ** Math.min(slot.sends, 5);
      if (stream === null) this.#settle(number, slot, () => slot.reject(noStream(subject)));
    });
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.operation !== 'publish') return;
    for (const [number, slot] of this.#window) {
      const { subject } = slot.message;
      if (subject === error.subject)
        this.#settle(number, slot, () => slot.reject(denied(subject, error)));
    }
  }

  #settle(number: number, slot: Slot, tell: () => void): void {
    this.#window.delete(number);
    this.#windowBytes -= slot.sizeBytes;
    tell();
    this.#refill();
    this.#checkDrained();
  }

  /** Lets in what waits, as far as both limits allow. */
  #refill(): void {
    while (this.#waiting > 0) {
      const slot = this.#queue[this.#queueHead] as Slot;
      if (!this.#hasRoom(slot.sizeBytes)) return;
      this.#queueHead++;
      if (this.#queueHead > 1_024 && this.#queueHead * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#queueHead);
        this.#queueHead = 0;
      }
      this.#admit(slot);
    }
    if (this.#queueHead === 0) return;
    this.#queue = [];
    this.#queueHead = 0;
  }

  #sweep(): void {
    const nowMs = Date.now();
    for (const [number, slot] of this.#window) {
      if (slot.deadlineMs <= nowMs)
        this.#settle(number, slot, () => slot.reject(this.#timeout(slot)));
      else if (slot.resendMs <= nowMs) this.#send(number, slot);
    }
    // Waiting messages fall due in the order they came.
    while (this.#waiting > 0 && (this.#queue[this.#queueHead] as Slot).deadlineMs <= nowMs) {
      const slot = this.#queue[this.#queueHead++] as Slot;
      slot.reject(this.#timeout(slot));
    }
    this.#checkDrained();
    if (this.#window.size + this.#waiting > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  #checkDrained(): void {
    if (this.#window.size + this.#waiting === 0) this.#drained?.();
  }

  #timeout({ message, sends, last }: Slot): JetlaneError {
    const { publishTimeoutMs } = this.#limits;
    const why =
      sends === 0
        ? this.#connection.connected
          ? 'the window stayed full'
          : 'there was no connection'
        : `sent ${sends} times`;
    return new JetlaneError(
      'PUBLISH_TIMEOUT',
      `${message.subject}: no ack within ${publishTimeoutMs} ms (${last?.message ?? why}); publishing it again with the same id is safe`,
      { retryable: true, cause: last },
    );
  }
}

function noStream(subject: string): JetlaneError {
  return new JetlaneError(
    'NO_STREAM',
    `no stream stores ${subject}; declare one that covers it and start it, or look at 'jetlane streams ls'`,
  );
}

function denied(subject: string, cause: Error): JetlaneError {
  return new JetlaneError('PERMISSION_DENIED', `these credentials may not publish to ${subject}`, {
    cause,
  });
}

function closed(subject: string, cause: unknown): JetlaneError {
  return new JetlaneError('CLOSED', `${subject} was not sent: the connection is closed`, { cause });
}
