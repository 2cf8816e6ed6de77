/**
 * One fast ingest into one stream. How it works and what it costs:
 *
 * Messages travel in a batch of the server, numbered in their reply subjects, in gap mode `fail`: an ack that names a number
 * says that everything up to it is stored, in order. There is one ack for hundreds of messages, so a message costs a place in
 * a ring and its frame: no promise, no timer, no answer to read. Some acks are outstanding at once; the server says how many
 * messages lie between two.
 *
 * The very first message is a batch of its own. Its answer tells whether the stream takes batches at all, before others depend
 * on it, and the first position. After that there is one rule for whatever goes wrong (a lost message, a lost ack, another
 * connection, another leader, a pause of the source): ask the server to end the batch. It answers with the exact number of
 * messages stored and takes none of that batch any more, late ones included; what is missing goes again in a new batch. Only where
 * it does not know the batch (it was restarted, or ended it ten seconds ago) all that has no ack goes again, and the stream's
 * deduplication drops what it has, within its `dedupeWindow`.
 */
import type { EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { type Msg, PermissionViolationError } from '@nats-io/nats-core';
import type { BulkTarget, Ingest, IngestEvents, IngestOptions } from '../bulk/bulk-port.ts';
import { lastSeqOf } from './bulk-target.ts';
import type { Connection } from './connection.ts';
import { type Frames, openFrames } from './frames.ts';
import { BATCH_UNKNOWN, type Batch, lost, newBatch, UNSUPPORTED } from './ingest-batch.ts';
import {
  type IngestAnswer,
  OPERATION,
  readIngestAnswer,
  readReply,
  replyFor,
} from './ingest-protocol.ts';
import { IngestRing, RING_MAX } from './ingest-ring.ts';
import type { Listening } from './live-connection.ts';
import { readPubAck } from './pub-ack.ts';
import { denied, noStream, notTaken, timedOut, unconfirmed } from './publish-errors.ts';
import { type StreamLookup, streamLookup } from './stream-lookup.ts';

/** Messages between two acks, at most: what a server grants a batch that is alone on its stream. */
const FLOW_MAX = 500;
/** Acks outstanding at once. */
const OUTSTANDING = 3;
const SWEEP_MS = 50;
/** A source that gives nothing for this long has its batch ended: so its last messages are confirmed, and nothing times out. */
const IDLE_MS = 200;
/** Without any answer for this long the batch is ended; again after as long while that has no answer. */
const SILENCE_MS = 1_000;
/** While nobody leads the stream. */
const LEADERLESS_MS = 250;
/** Where nothing is known of a batch, what it proposed is stored or lost by then, and not sent again too early. */
const UNKNOWN_MS = 500;
const PROBE_MS = 3_000;

/** What asks for the end of a batch: it is not stored. */
const END = { id: '', headers: {}, payload: new Uint8Array(0) } as const;

/** What bounds an ingest. */
export interface FastIngestLimits {
  readonly maxInFlightBytes: number;
  readonly publishTimeoutMs: number;
}

/** See the head of this file. */
export class FastIngest implements Ingest {
  readonly #connection: Connection;
  readonly #target: BulkTarget;
  readonly #events: IngestEvents;
  readonly #options: IngestOptions;
  readonly #limits: FastIngestLimits;
  readonly #ring = new IngestRing();
  readonly #frames: Frames;
  readonly #inbox: string;
  readonly #listening: Listening;
  readonly #lookup: StreamLookup;
  readonly #stopListening: (() => void)[];
  readonly #sweeper: NodeJS.Timeout;
  #batch: Batch | undefined;
  /** Number in the ring of the next message to send. */
  #sent = 0;
  #proven = false;
  /** Messages that may be unconfirmed, by what the server granted last. */
  #window = FLOW_MAX;
  #stopped = false;
  #ending = false;
  /** No new batch before this time. */
  #resumeMs = 0;
  #heardMs = performance.now();
  /** When the source gave something last, and when something was confirmed or there was nothing to confirm, as swept. */
  #wroteMs = performance.now();
  #movedMs = performance.now();
  #acceptedBefore = 0;
  #confirmedBefore = 0;
  #probedMs = 0;
  #lastSeq: number;
  /** Whether messages may have positions beyond the last one known. */
  #uncertain = false;
  #roomy: (() => void)[] = [];
  #done: (() => void) | undefined;

  constructor(
    connection: Connection,
    target: BulkTarget,
    events: IngestEvents,
    options: IngestOptions & { readonly limits: FastIngestLimits },
  ) {
    this.#connection = connection;
    this.#target = target;
    this.#events = events;
    this.#options = options;
    this.#limits = options.limits;
    this.#lastSeq = target.lastSeq;
    this.#frames = openFrames(connection.nc);
    this.#inbox = connection.newInbox();
    this.#lookup = streamLookup(connection);
    this.#listening = connection.subscribe(
      `${this.#inbox}.>`,
      (msg) => this.#hear(msg),
      (error) => this.#fail(error),
    );
    this.#stopListening = [
      connection.onChange((connected) => this.#change(connected)),
      connection.onServerError((error) => this.#refuse(error)),
      connection.onEnd((error) => this.#fail(error)),
    ];
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  room(): Promise<void> | undefined {
    if (this.#stopped || this.#fits()) return undefined;
    // Fewer than the server acknowledges at once fill the bytes: no ack would ever come.
    const { length } = this.#ring;
    if (this.#batch !== undefined && length < this.#batch.apart && length < this.#window)
      this.#end(this.#batch);
    return new Promise((resolve) => this.#roomy.push(resolve));
  }

  write(message: EncodedMessage): void {
    if (this.#stopped) return;
    this.#ring.push(message);
    this.#pump();
  }

  async end(): Promise<number> {
    this.#ending = true;
    if (!this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
        if (this.#batch !== undefined && this.#sent === this.#ring.accepted) this.#end(this.#batch);
        this.#pump();
        this.#finish();
      });
    }
    // Positions of batches whose end was not heard of.
    if (this.#uncertain)
      this.#lastSeq = await lastSeqOf(this.#connection, this.#target.stream).catch(
        () => this.#target.lastSeq + this.#ring.confirmed,
      );
    return this.#lastSeq;
  }

  /** Ends now; what has no ack yet may be stored or not. */
  close(): void {
    this.#fail(unconfirmed(this.#target.stream));
  }

  #fits(): boolean {
    const { length, bytes } = this.#ring;
    const { maxInFlightBytes } = this.#limits;
    return length === 0 || (length < this.#window && bytes < maxInFlightBytes);
  }

  /** Sends what may be sent. */
  #pump(): void {
    if (this.#stopped || !this.#connection.connected) return;
    const ring = this.#ring;
    const batch = this.#batch;
    if (batch === undefined) {
      if (ring.length > 0 && performance.now() >= this.#resumeMs) this.#begin();
      return;
    }
    if (batch.apart === 0 || batch.ending) return;
    while (this.#sent < ring.accepted && this.#batch === batch && !batch.ending)
      this.#send(batch, OPERATION.append);
    if (this.#ending && this.#batch === batch && !batch.ending) this.#end(batch);
  }

  /** Its first message goes alone: others follow once the server has taken it. */
  #begin(): void {
    const { confirmed } = this.#ring;
    const batch = newBatch({
      inbox: this.#inbox,
      flow: this.#flow(),
      base: confirmed,
      subject: this.#ring.at(confirmed).subject,
      single: !this.#proven,
      askMs: performance.now() + SILENCE_MS,
    });
    this.#batch = batch;
    this.#sent = batch.base;
    this.#heardMs = performance.now();
    this.#send(batch, batch.single ? OPERATION.commit : OPERATION.start);
  }

  /** As many messages between two acks as let several acks fit into the bytes that may be under way. */
  #flow(): number {
    const { length, bytes } = this.#ring;
    const fit = Math.floor((this.#limits.maxInFlightBytes * length) / (OUTSTANDING * bytes + 1));
    return Math.max(1, Math.min(FLOW_MAX, fit));
  }

  #send(batch: Batch, operation: number): void {
    const number = this.#sent - batch.base + 1;
    const message = this.#ring.at(this.#sent);
    try {
      this.#frames.write(message, replyFor(batch.prefix, number, operation));
      this.#sent++;
    } catch (cause) {
      batch.refusal = notTaken(message.subject, this.#connection.maxPayload, cause);
      if (number > 1) this.#end(batch);
      else this.#conclude(batch, 0);
    }
  }

  /** Asks for the end of a batch. The answer is how many of its messages are stored. */
  #end(batch: Batch, againMs = SILENCE_MS): void {
    batch.ending = true;
    batch.askMs = performance.now() + againMs;
    if (!this.#connection.connected) return;
    const reply = replyFor(batch.prefix, this.#sent - batch.base + 1, OPERATION.end);
    try {
      // The same way as the messages, or it could overtake them.
      this.#frames.write({ ...END, subject: batch.subject }, reply);
    } catch {
      // The connection closes: that is heard of elsewhere.
    }
  }

  #hear(msg: Msg): void {
    const batch = this.#batch;
    const { batch: id, number } = readReply(msg.subject, this.#inbox);
    if (batch === undefined || id !== batch.id || this.#stopped) return; // of a batch that is over
    this.#heardMs = performance.now();
    if (msg.data.length === 0 && msg.headers?.code === 503) return this.#nobody(batch);
    const answer = readIngestAnswer(msg.string(), number);
    if (answer !== undefined) this.#take(batch, answer);
  }

  #take(batch: Batch, answer: IngestAnswer): void {
    if (answer.kind === 'flow') {
      batch.apart = answer.apart;
      this.#window = Math.min(RING_MAX, answer.apart * OUTSTANDING);
      this.#confirm(batch.base + answer.number);
      this.#pump();
    } else if (answer.kind === 'gap') {
      batch.ending = true;
      batch.askMs = this.#heardMs + SILENCE_MS;
    } else if (answer.kind === 'error') this.#refused(batch, answer);
    else if (answer.kind === 'end') {
      if (answer.seq > 0) this.#events.at(answer.seq);
      if (!answer.duplicate) this.#lastSeq = Math.max(this.#lastSeq, answer.seq);
      this.#conclude(batch, answer.count);
    } else {
      this.#events.at(answer.seq);
      if (!answer.duplicate) this.#lastSeq = Math.max(this.#lastSeq, answer.seq);
      this.#confirm(batch.base + 1);
      this.#unsupported('its server does not know fast ingest');
    }
  }

  #refused(batch: Batch, answer: IngestAnswer & { readonly kind: 'error' }): void {
    const { number, code, body } = answer;
    const why = UNSUPPORTED.get(code);
    if (why !== undefined) return this.#unsupported(why);
    if (code === BATCH_UNKNOWN) return this.#conclude(batch, undefined);
    const { subject } = this.#ring.at(batch.base + number - 1) ?? batch;
    const found = readPubAck(body, subject);
    if (found.kind === 'again') batch.busy = true;
    else if (found.kind === 'refused') batch.refusal ??= found.error;
    if (number === 1) this.#conclude(batch, 0);
    else if (!batch.ending) this.#end(batch);
  }

  /** A batch is over, with so many of its messages stored; undefined where that is not known. */
  #conclude(batch: Batch, count: number | undefined): void {
    this.#batch = undefined;
    if (count === undefined) this.#uncertain = true;
    else {
      this.#confirm(batch.base + count);
      if (count > 0) this.#proven = true;
    }
    if (batch.refusal !== undefined) return this.#fail(batch.refusal);
    const again = this.#sent - this.#ring.confirmed;
    if (again > 0) {
      if (this.#options.onGap === 'fail') return this.#fail(lost(this.#target.stream, again));
      this.#events.republished(again);
    }
    this.#sent = this.#ring.confirmed;
    const pauseMs = count === undefined ? UNKNOWN_MS : batch.busy ? LEADERLESS_MS : 0;
    this.#resumeMs = pauseMs === 0 ? 0 : performance.now() + pauseMs;
    this.#pump();
    this.#finish();
    this.#welcome();
  }

  #confirm(below: number): void {
    const { count, bytes } = this.#ring.confirm(below);
    if (count === 0) return;
    this.#events.confirmed(count, bytes);
    this.#welcome();
  }

  #welcome(): void {
    if (this.#roomy.length === 0 || !(this.#stopped || this.#fits())) return;
    const waiting = this.#roomy;
    this.#roomy = [];
    for (const resolve of waiting) resolve();
  }

  /** Nobody took it: no stream stores the subject any more, or the stream has no leader at the moment. */
  #nobody(batch: Batch): void {
    batch.ending = true;
    batch.askMs = this.#heardMs + LEADERLESS_MS;
    void this.#lookup.find(batch.subject).then((stream) => {
      if (stream === null && !this.#stopped) this.#fail(noStream(batch.subject));
    });
  }

  #change(connected: boolean): void {
    const batch = this.#batch;
    this.#heardMs = performance.now();
    if (batch !== undefined) this.#end(batch);
    else if (connected) this.#pump();
  }

  #refuse(error: Error): void {
    if (!(error instanceof PermissionViolationError) || error.operation !== 'publish') return;
    for (let number = this.#ring.confirmed; number < this.#sent; number++) {
      const { subject } = this.#ring.at(number);
      if (subject === error.subject) return this.#fail(denied(subject, error));
    }
  }

  #unsupported(why: string): void {
    const rest = this.#ring.empty();
    if (rest.length === 0 && this.#proven) this.#uncertain = true;
    this.#stop();
    this.#events.unsupported(why, rest);
  }

  #fail(error: JetlaneError): void {
    if (this.#stopped) return;
    if (this.#batch !== undefined) this.#uncertain = true;
    this.#stop();
    this.#events.failed(error);
  }

  #finish(): void {
    if (this.#ending && this.#ring.length === 0 && this.#batch === undefined) this.#stop();
  }

  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#batch = undefined;
    clearInterval(this.#sweeper);
    for (const stop of this.#stopListening) stop();
    this.#listening.unsubscribe();
    this.#welcome();
    this.#done?.();
  }

  #sweep(): void {
    const nowMs = performance.now();
    const { accepted, confirmed, length } = this.#ring;
    if (accepted !== this.#acceptedBefore) this.#wroteMs = nowMs;
    if (confirmed !== this.#confirmedBefore || length === 0) this.#movedMs = nowMs;
    this.#acceptedBefore = accepted;
    this.#confirmedBefore = confirmed;
    if (nowMs - this.#movedMs >= this.#limits.publishTimeoutMs) return this.#timeout();
    if (!this.#connection.connected) return;
    const batch = this.#batch;
    if (batch === undefined) return this.#pump();
    const idle = this.#fits() && nowMs - this.#wroteMs >= IDLE_MS;
    if (batch.ending || batch.apart === 0) {
      if (nowMs >= batch.askMs) this.#end(batch);
    } else if (idle || nowMs - this.#heardMs >= SILENCE_MS) this.#end(batch);
    this.#listenForLife(nowMs);
  }

  /** A server that is frozen keeps its connections open: without any answer for a while it is asked whether it lives. */
  #listenForLife(nowMs: number): void {
    if (nowMs - Math.max(this.#heardMs, this.#probedMs) < PROBE_MS) return;
    this.#probedMs = nowMs;
    void this.#connection.probe();
  }

  #timeout(): void {
    const { publishTimeoutMs } = this.#limits;
    const { subject } = this.#ring.at(this.#ring.confirmed);
    const why = this.#connection.connected ? 'its batch got no answer' : 'there was no connection';
    this.#fail(timedOut(subject, publishTimeoutMs, why, undefined));
  }
}
