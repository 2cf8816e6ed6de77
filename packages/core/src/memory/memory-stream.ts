/**
 * A stream of the in-process bus: messages by position, with the limits, retention and deduplication of JetStream.
 *
 * Ages are checked when the stream is used, so it needs no timer. A stored message costs its bytes, one map entry and
 * its id for the deduplication window; storing, finding and removing take constant time.
 */
import { type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import type { PublishAck } from '../bus.ts';
import { expiryOf } from '../schedule/expiry.ts';
import { DueHeap } from './due-heap.ts';
import { firedMessage, readSchedule, scheduleProblem } from './fired-message.ts';
import { toMatcher } from './matcher.ts';
import { Recent } from './recent.ts';
import { Schedules } from './schedules.ts';
import type { StreamSettings } from './settings.ts';
import { type StoredMessage, wireBytes } from './stored-message.ts';

/** A consumer, as its stream sees it. */
export interface StreamReader {
  /** A message was stored. */
  stored(message: StoredMessage): void;
  /** A message is gone. */
  removed(message: StoredMessage): void;
  /** Whether it has yet to settle this message. */
  needs(message: StoredMessage): boolean;
}

/** One stream. */
export class MemoryStream {
  readonly readers = new Set<StreamReader>();
  #settings: StreamSettings;
  #matches: (subject: string) => boolean;
  readonly #messages = new Map<number, StoredMessage>();
  /** Positions by subject, oldest first; kept only where `maxMsgsPerSubject` needs it. */
  readonly #bySubject = new Map<string, Set<number>>();
  readonly #ids: Recent<number>;
  readonly #expiring = new DueHeap<number>();
  readonly #schedules = new Schedules();
  #firstSeq = 1;
  #lastSeq = 0;
  #bytes = 0;

  constructor(settings: StreamSettings) {
    this.#settings = settings;
    this.#matches = toMatcher(settings.subjects);
    this.#ids = new Recent(settings.dedupeWindowMs);
  }

  get settings(): StreamSettings {
    return this.#settings;
  }
  get name(): string {
    return this.#settings.name;
  }
  /** Position of the first message, or the one that comes next when there is none. */
  get firstSeq(): number {
    return this.#firstSeq;
  }
  /** Position of the last message ever stored. */
  get lastSeq(): number {
    return this.#lastSeq;
  }
  get size(): number {
    return this.#messages.size;
  }
  /** What the messages count for towards `maxBytes`. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the next message of its schedule is due; `Infinity` when none waits. */
  get nextDueMs(): number {
    return this.#schedules.nextMs;
  }

  /** Whether a retry of this durable waits for its time. */
  awaitsRetry(durable: string): boolean {
    return this.#schedules.awaitsRetry(this.name, durable);
  }

  /** Removes what waits on a schedule subject; false when nothing does. */
  cancel(subject: string): boolean {
    const seq = this.#schedules.find(subject);
    if (seq === undefined) return false;
    this.#removeAt(seq);
    return true;
  }

  /** Delivers the next message of its schedule if it is due; false when none is. */
  fire(nowMs: number, order: number): boolean {
    const seq = this.#schedules.popDue(nowMs);
    const waiting = seq === undefined ? undefined : this.#messages.get(seq);
    if (waiting === undefined) return false;
    const next = readSchedule(waiting.headers, nowMs);
    this.store(firedMessage(waiting, next), nowMs, order);
    if (next?.repeats) this.#schedules.add(waiting.subject, waiting.seq, next.dueMs);
    else this.#remove(waiting);
    return true;
  }

  /** Whether it stores this subject. */
  covers(subject: string): boolean {
    return this.#matches(subject);
  }

  /** The message at a position, if it is still here. */
  at(seq: number): StoredMessage | undefined {
    return this.#messages.get(seq);
  }

  /** What is here, oldest first. */
  messages(nowMs: number): Iterable<StoredMessage> {
    this.expire(nowMs);
    return this.#messages.values();
  }

  /** Takes other settings, and drops what no longer fits. */
  update(settings: StreamSettings, nowMs: number): void {
    this.#settings = settings;
    this.#matches = toMatcher(settings.subjects);
    this.#ids.resize(settings.dedupeWindowMs);
    this.#bySubject.clear();
    for (const { subject, seq } of this.#messages.values()) this.#index(subject, seq);
    this.expire(nowMs);
    for (const subject of [...this.#bySubject.keys()]) this.#dropOldestOf(subject);
    this.#dropOldest();
  }

  /**
   * Stores a message, once for each id inside the deduplication window.
   *
   * @param order its place among everything stored in this world
   * @throws JetlaneError `MESSAGE_TOO_LARGE`, `STREAM_FULL`
   */
  store(message: EncodedMessage, nowMs: number, order: number): PublishAck {
    const { subject, headers } = message;
    this.expire(nowMs);
    const wire = wireBytes(message);
    this.#checkSize(subject, wire);
    const id = headers['Nats-Msg-Id'];
    const known = id === undefined ? undefined : this.#ids.get(id, nowMs);
    if (known !== undefined) return { stream: this.name, seq: known, duplicate: true };
    const bytes = subject.length + wire;
    this.#checkRoom(subject, bytes);
    const schedule = readSchedule(headers, nowMs);
    const problem = scheduleProblem(message, this.#settings, this.#matches);
    if (problem !== undefined)
      throw new JetlaneError('TOPOLOGY_CONFLICT', `${subject}: the stream refused it: ${problem}`);
    // One schedule a subject.
    if (schedule !== undefined) this.cancel(subject);
    const seq = ++this.#lastSeq;
    if (id !== undefined) this.#ids.set(id, seq, nowMs);
    const stored: StoredMessage = {
      seq,
      subject,
      headers: { ...headers },
      payload: message.payload.slice(),
      timeMs: nowMs,
      expiresMs: expiryOf(headers['Nats-TTL'], nowMs),
      bytes,
      order,
    };
    this.#insert(stored);
    if (schedule !== undefined && this.#messages.has(seq))
      this.#schedules.add(subject, seq, schedule.dueMs);
    return { stream: this.name, seq, duplicate: false };
  }

  /**
   * Stores all of these or none, one after the other. What is known already, all of it, is not stored again.
   *
   * @throws JetlaneError `CONFLICT` when some of the ids are known, `MESSAGE_TOO_LARGE`, `STREAM_FULL`
   */
  storeAll(messages: readonly EncodedMessage[], nowMs: number, order: number): PublishAck[] {
    this.expire(nowMs);
    const known = messages.filter(
      ({ headers }) => this.#ids.get(headers['Nats-Msg-Id'] ?? '', nowMs) !== undefined,
    );
    if (known.length > 0 && known.length < messages.length)
      throw new JetlaneError(
        'CONFLICT',
        `nothing was stored: the stream knows ${known.length} of the ${messages.length} ids already, such as ${known[0]?.id}; leave those messages out`,
      );
    if (known.length === 0) this.#checkRoomForAll(messages);
    return messages.map((message, index) => this.store(message, nowMs, order + index));
  }

  /** A consumer is done with a message: it goes, where the retention says so. */
  settled(seq: number): void {
    const { retention } = this.#settings;
    const message = this.#messages.get(seq);
    if (message === undefined || retention === 'limits') return;
    if (retention === 'workqueue' || !this.#isNeeded(message)) this.#remove(message);
  }

  /** Deletes one message; false when it is not here. */
  delete(seq: number, nowMs: number): boolean {
    this.expire(nowMs);
    const message = this.#messages.get(seq);
    if (message !== undefined) this.#remove(message);
    return message !== undefined;
  }

  /** Drops what is too old. */
  expire(nowMs: number): void {
    for (;;) {
      const seq = this.#expiring.popDue(nowMs);
      if (seq === undefined) break;
      this.#removeAt(seq);
    }
    const { maxAgeMs } = this.#settings;
    if (maxAgeMs === Number.POSITIVE_INFINITY) return;
    for (let seq = this.#firstSeq; seq <= this.#lastSeq; seq++) {
      const message = this.#messages.get(seq);
      if (message === undefined || message.expiresMs === Number.POSITIVE_INFINITY) continue;
      if (nowMs - message.timeMs < maxAgeMs) return;
      this.#remove(message);
    }
  }

  #insert(message: StoredMessage): void {
    // As JetStream: an interest stream acknowledges what nobody waits for, and keeps nothing.
    if (this.#settings.retention === 'interest' && !this.#isNeeded(message)) {
      if (this.size === 0) this.#firstSeq = this.#lastSeq + 1;
      return;
    }
    const { seq, subject, expiresMs } = message;
    this.#messages.set(seq, message);
    this.#bytes += message.bytes;
    this.#index(subject, seq);
    if (expiresMs !== undefined && expiresMs !== Number.POSITIVE_INFINITY)
      this.#expireAt(expiresMs, seq);
    for (const reader of this.readers) reader.stored(message);
    this.#dropOldestOf(subject);
    this.#dropOldest();
  }

  #expireAt(expiresMs: number, seq: number): void {
    this.#expiring.push(expiresMs, seq);
    if (this.#expiring.size < EXPIRING_MIN || this.#expiring.size < this.size * 2) return;
    this.#expiring.retain((one) => this.#messages.has(one));
  }

  #isNeeded(message: StoredMessage): boolean {
    for (const reader of this.readers) if (reader.needs(message)) return true;
    return false;
  }

  #checkSize(subject: string, bytes: number): void {
    const { maxMsgSize } = this.#settings;
    if (bytes <= maxMsgSize) return;
    throw new JetlaneError(
      'MESSAGE_TOO_LARGE',
      `a message on "${subject}" has ${bytes} bytes with its headers; stream ${this.name} takes at most ${maxMsgSize}: send less, or raise maxMsgSize`,
    );
  }

  #checkRoom(subject: string, bytes: number): void {
    const { discard, maxMsgs, maxBytes, maxMsgsPerSubject } = this.#settings;
    if (discard === 'old') return;
    const ofSubject = this.#bySubject.get(subject);
    const subjectIsFull = ofSubject !== undefined && ofSubject.size >= maxMsgsPerSubject;
    if (discard === 'new-per-subject' && subjectIsFull)
      throw this.#full(`"${subject}" has its ${maxMsgsPerSubject} messages`);
    // Where a subject is full its oldest message makes room, so the stream does not grow.
    const freed = subjectIsFull ? this.#oldestOf(ofSubject) : undefined;
    if (this.size >= maxMsgs && freed === undefined)
      throw this.#full(`it has its ${maxMsgs} messages`);
    if (this.#bytes + bytes - (freed?.bytes ?? 0) > maxBytes)
      throw this.#full(`its ${maxBytes} bytes are used up`);
  }

  #checkRoomForAll(messages: readonly EncodedMessage[]): void {
    const { discard, maxMsgs, maxBytes, maxMsgsPerSubject } = this.#settings;
    let bytes = this.#bytes;
    const more = new Map<string, number>();
    for (const message of messages) {
      const { subject } = message;
      const wire = wireBytes(message);
      this.#checkSize(subject, wire);
      bytes += subject.length + wire;
      more.set(subject, (more.get(subject) ?? this.#bySubject.get(subject)?.size ?? 0) + 1);
    }
    if (discard === 'old') return;
    if (this.size + messages.length > maxMsgs)
      throw this.#full(`it has room for ${maxMsgs} messages`);
    if (bytes > maxBytes) throw this.#full(`its ${maxBytes} bytes would be used up`);
    if (discard === 'new') return;
    for (const [subject, count] of more)
      if (count > maxMsgsPerSubject)
        throw this.#full(`"${subject}" may have ${maxMsgsPerSubject} messages`);
  }

  #full(reason: string): JetlaneError {
    return new JetlaneError(
      'STREAM_FULL',
      `stream ${this.name} is full: ${reason}, and it discards new messages; wait until some are gone, or raise its limit`,
    );
  }

  #dropOldestOf(subject: string): void {
    const seqs = this.#bySubject.get(subject);
    while (seqs !== undefined && seqs.size > this.#settings.maxMsgsPerSubject)
      this.#remove(this.#oldestOf(seqs) as StoredMessage);
  }

  #dropOldest(): void {
    const { maxMsgs, maxBytes } = this.#settings;
    while (this.size > maxMsgs || (this.#bytes > maxBytes && this.size > 0))
      this.#removeAt(this.#firstSeq);
  }

  #oldestOf(seqs: ReadonlySet<number>): StoredMessage | undefined {
    for (const seq of seqs) return this.#messages.get(seq);
    return undefined;
  }

  #index(subject: string, seq: number): void {
    if (this.#settings.maxMsgsPerSubject === Number.POSITIVE_INFINITY) return;
    const seqs = this.#bySubject.get(subject);
    if (seqs === undefined) this.#bySubject.set(subject, new Set([seq]));
    else seqs.add(seq);
  }

  #removeAt(seq: number): void {
    const message = this.#messages.get(seq);
    if (message !== undefined) this.#remove(message);
  }

  #remove(message: StoredMessage): void {
    const { seq, subject, bytes } = message;
    this.#messages.delete(seq);
    this.#schedules.remove(subject, seq);
    this.#bytes -= bytes;
    const seqs = this.#bySubject.get(subject);
    seqs?.delete(seq);
    if (seqs?.size === 0) this.#bySubject.delete(subject);
    while (this.#firstSeq <= this.#lastSeq && !this.#messages.has(this.#firstSeq)) this.#firstSeq++;
    for (const reader of this.readers) reader.removed(message);
  }
}

/** Expiry times below this many are never swept. */
const EXPIRING_MIN = 1_000;
