/**
 * Stores messages as a whole or not at all, and tells the truth about it when an answer got lost. A batch that was sent
 * again is refused when the first one was stored after all, because the stream knows its ids; a batch is refused in the same
 * words when only some of its ids are known. Which of the two it is the stream is asked for each id: with a message that it cannot take
 * for another reason too, so that the answer is where it has that id, or the other reason, and nothing is stored.
 */
import { configInvalid, type EncodedMessage, JetlaneError } from '@jetlane/contracts';
import { batchProblems, noAtomic } from '../bulk/atomic-writer.ts';
import type { PublishAck } from '../bus.ts';
import type { AtomicBatches } from './atomic-batch.ts';
import { bulkTarget, type NatsBulkTarget } from './bulk-target.ts';
import type { Connection } from './connection.ts';
import { headerBlock } from './header-block.ts';
import { readPubAck } from './pub-ack.ts';
import { closed, noStream, timedOut } from './publish-errors.ts';

/** How long what is known of a stream is believed. */
const TARGET_MS = 10_000;
const PAUSE_MS = 50;
const PAUSE_MAX_MS = 1_000;
/** Questions that are under way at once. */
const QUESTIONS_MAX = 100;
const QUESTION_MS = 2_000;

/** See the head of this file. */
export class AtomicStore {
  readonly #connection: Connection;
  readonly #batches: Pick<AtomicBatches, 'send'>;
  readonly #timeoutMs: number;
  #target: { readonly value: NatsBulkTarget; readonly untilMs: number } | undefined;

  constructor(
    connection: Connection,
    batches: Pick<AtomicBatches, 'send'>,
    publishTimeoutMs: number,
  ) {
    this.#connection = connection;
    this.#batches = batches;
    this.#timeoutMs = publishTimeoutMs;
  }

  /** Stores all of these, or none. See `BulkPort.storeAll`. */
  async storeAll(messages: readonly EncodedMessage[]): Promise<PublishAck[]> {
    const { subject } = messages[0] as EncodedMessage;
    const endMs = performance.now() + this.#timeoutMs;
    const target = await this.#find(subject);
    const problems = batchProblems(messages, target);
    if (problems.length > 0) throw configInvalid('an atomic publish', problems);
    if (target.noAtomic !== undefined) throw noAtomic(target.stream, target.noAtomic);
    let isSent = false;
    for (let tries = 0; ; tries++) {
      const { connected } = this.#connection;
      const answer = await this.#batches.send(messages);
      if (answer.kind === 'stored') return inARow(messages.length, answer.ack);
      if (answer.kind === 'refused') {
        if (!isSent && !isDuplicate(answer.error)) throw answer.error;
        const known = await this.#known(target, messages, endMs);
        const stored = known.filter((ack) => ack !== undefined);
        // Stored by an earlier try of this call, it is no duplicate.
        if (stored.length === messages.length)
          return stored.map((ack) => ({ ...ack, duplicate: !isSent }));
        if (!isDuplicate(answer.error)) throw answer.error;
        throw knownInPart(messages, known);
      }
      isSent ||= connected;
      if (this.#connection.nc.isClosed()) throw closed(subject);
      if (performance.now() >= endMs)
        throw timedOut(subject, this.#timeoutMs, `sent ${tries + 1} times`, answer.error);
      await pause(Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** tries));
    }
  }

  async #find(subject: string): Promise<NatsBulkTarget> {
    const known = this.#target;
    const isFresh = known !== undefined && performance.now() < known.untilMs;
    if (isFresh && known.value.noAtomic === undefined && known.value.covers(subject))
      return known.value;
    const value = await bulkTarget(this.#connection, subject);
    if (value === undefined) throw noStream(subject);
    this.#target = { value, untilMs: performance.now() + TARGET_MS };
    return value;
  }

  /** Where the stream has each of these, by id; undefined where it has not. */
  async #known(
    target: NatsBulkTarget,
    messages: readonly EncodedMessage[],
    endMs: number,
  ): Promise<(PublishAck | undefined)[]> {
    const known: (PublishAck | undefined)[] = [];
    for (let from = 0; from < messages.length; from += QUESTIONS_MAX) {
      const some = messages.slice(from, from + QUESTIONS_MAX);
      known.push(...(await Promise.all(some.map((message) => this.#ask(target, message, endMs)))));
    }
    return known;
  }

  async #ask(
    { replicas }: NatsBulkTarget,
    { id, subject }: EncodedMessage,
    endMs: number,
  ): Promise<PublishAck | undefined> {
    // The order of the server's checks: where there is one copy an expected position comes before the id, and an expected last id
    // after it; where there are several, an expected position comes after the id too, and before anything is proposed.
    const impossible =
      replicas > 1
        ? { 'Nats-Expected-Last-Sequence': String(Number.MAX_SAFE_INTEGER) }
        : { 'Nats-Expected-Last-Msg-Id': '_jl.none' };
    const headers = headerBlock({ 'Nats-Msg-Id': id, ...impossible });
    for (;;) {
      try {
        const { nc } = this.#connection;
        const answer = await nc.request(subject, undefined, { headers, timeout: QUESTION_MS });
        const found = readPubAck(answer.string(), subject);
        if (found.kind === 'stored') return found.ack;
        if (found.kind === 'refused') return undefined;
      } catch (cause) {
        if (this.#connection.nc.isClosed()) throw closed(subject, { cause });
      }
      if (performance.now() >= endMs)
        throw timedOut(subject, this.#timeoutMs, 'it may be stored or not', undefined);
      await pause(PAUSE_MS);
    }
  }
}

const BATCH_DUPLICATE = '(10201)';

function isDuplicate({ message }: JetlaneError): boolean {
  return message.includes(BATCH_DUPLICATE);
}

/** The messages of a batch have positions in a row, and its ack names the last. */
function inARow(count: number, { stream, seq }: PublishAck): PublishAck[] {
  return Array.from({ length: count }, (_, index) => ({
    stream,
    seq: seq - count + 1 + index,
    duplicate: false,
  }));
}

function knownInPart(
  messages: readonly EncodedMessage[],
  known: readonly (PublishAck | undefined)[],
): JetlaneError {
  const ids = messages.filter((_, index) => known[index] !== undefined).map(({ id }) => id);
  const some = ids.slice(0, 3).join(', ');
  return new JetlaneError(
    'CONFLICT',
    `nothing was stored: the stream knows ${ids.length} of the ${messages.length} ids already, such as ${some}; leave those messages out`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
