/**
 * Stores a replay exactly once. It goes as an atomic batch of two into the letter's own stream: a mark on a subject of the
 * letter, which must be empty, and the message. A crash of whoever sends, or of the server, leaves both or neither; and
 * while the mark is there, no second try is taken, however late, even where the message was settled and is gone.
 *
 * Streams without atomic batches, or that the message does not go to, have only the deduplication window, and a look at
 * the last message of its subject.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { JetlaneError } from '@jetlane/contracts';
import { errors, type MsgHdrs, headers as makeHeaders } from '@nats-io/nats-core';
import type { Admin } from '../topology/admin.ts';
import { ask } from '../topology/jetstream-api.ts';
import type { Resend } from './letter-store.ts';
import { replayedSubject } from './subjects.ts';

/** Sends messages of one run; remembers which streams take batches. */
export class Resender {
  readonly #admin: Admin;
  readonly #withoutBatches = new Set<string>();
  /** Sequences of the marks of this run. */
  readonly #marks = new Map<string, number>();

  constructor(admin: Admin) {
    this.#admin = admin;
  }

  /** Resolves once the message is stored, by this try or an earlier one. */
  async resend(message: Resend): Promise<void> {
    const { stream } = message.letter;
    let again = false;
    const untilMs = Date.now() + DEADLINE_MS;
    for (;;) {
      const verdict = await this.#try(message, again);
      if (verdict.next === 'done') return;
      if (verdict.next === 'plain') this.#withoutBatches.add(stream);
      else if (verdict.next === 'fail' || Date.now() >= untilMs) throw verdict.error;
      else await delay(PAUSE_MS);
      again = true;
    }
  }

  /** Takes the mark away. It would go by itself; nothing depends on it any more. */
  async forget(message: Resend): Promise<void> {
    const mark = markOf(message);
    const { stream } = message.letter;
    const seq = this.#marks.get(mark);
    this.#marks.delete(mark);
    if (this.#withoutBatches.has(stream)) return;
    const asked =
      seq === undefined
        ? ask(this.#admin, `STREAM.PURGE.${stream}`, { filter: mark })
        : ask(this.#admin, `STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true });
    await asked.catch(() => {});
  }

  async #try(message: Resend, again: boolean): Promise<Verdict> {
    const batched = !this.#withoutBatches.has(message.letter.stream);
    try {
      // The first try is written before anything is awaited: that keeps the order of the calls.
      if (!batched && (await this.#isLast(message))) return { next: 'done' };
      const answer = await (batched ? this.#batch(message) : this.#publish(message));
      if (answer.error === undefined && batched) this.#marks.set(markOf(message), answer.seq - 1);
      return answer.error === undefined ? { next: 'done' } : refusalVerdict(message, answer.error);
    } catch (cause) {
      return await this.#lost(message, cause, again);
    }
  }

  #batch(message: Resend): Promise<PubAnswer> {
    const batch = { 'Nats-Batch-Id': randomUUID() };
    const mark = toMsgHdrs({
      ...batch,
      'Nats-Batch-Sequence': '1',
      'Nats-Expected-Last-Subject-Sequence': '0',
      'Nats-Expected-Stream': message.letter.stream,
      'Nats-TTL': MARK_TTL,
    });
    this.#admin.nc.publish(markOf(message), undefined, { headers: mark });
    return this.#request(message, {
      ...batch,
      'Nats-Batch-Sequence': '2',
      'Nats-Batch-Commit': '1',
    });
  }

  #publish(message: Resend): Promise<PubAnswer> {
    const { to, letter } = message;
    return this.#request(message, to === 'worker' ? { 'Nats-Expected-Stream': letter.stream } : {});
  }

  async #request(
    { subject, payload, headers, id }: Resend,
    more: Readonly<Record<string, string>>,
  ): Promise<PubAnswer> {
    const all = toMsgHdrs({ ...headers, 'Nats-Msg-Id': id, ...more });
    const reply = await this.#admin.nc.request(subject, payload, {
      headers: all,
      timeout: ACK_TIMEOUT_MS,
    });
    return reply.json<PubAnswer>();
  }

  /** Sent before, longer ago than the deduplication window reaches. */
  async #isLast({ letter, subject, id }: Resend): Promise<boolean> {
    const last = await this.#admin.jsm.direct
      .getMessage(letter.stream, { last_by_subj: subject })
      .catch(() => null);
    return last?.header.get('Nats-Msg-Id') === id;
  }

  /** No answer: it may be stored or not, which the next try tells. */
  async #lost(message: Resend, cause: unknown, again: boolean): Promise<Verdict> {
    const error = sendError(message, cause);
    if (error.code === 'CLOSED' || error.code === 'PERMISSION_DENIED')
      return { next: 'fail', error };
    if (error.code !== 'NO_STREAM') return { next: 'wait', error };
    // A server that starts answers late; a stream that is not there never does.
    const stored = await ask<{ streams: string[] | null }>(this.#admin, 'STREAM.NAMES', {
      subject: message.subject,
    }).catch(() => undefined);
    const known = stored?.ok === true && (stored.value.streams ?? []).length === 0;
    return { next: known && again ? 'fail' : 'wait', error };
  }
}

const ACK_TIMEOUT_MS = 5_000;
const DEADLINE_MS = 15_000;
const PAUSE_MS = 200;
/** How long an interrupted replay may wait to be run again. */
const MARK_TTL = '720h';

type Verdict =
  /** Stored, now or before. */
  | { readonly next: 'done' }
  /** Its stream takes no batch of this kind. */
  | { readonly next: 'plain' }
  | { readonly next: 'wait' | 'fail'; readonly error: JetlaneError };

interface PubAnswer {
  readonly seq: number;
  readonly error?: { readonly err_code: number; readonly description: string };
}

/** The mark is there; the id is known. */
const SENT: ReadonlySet<number> = new Set([10_071, 10_201]);
/** No batches, no TTLs, or the two do not go to one stream. */
const NO_BATCH: ReadonlySet<number> = new Set([10_166, 10_174, 10_175, 10_176]);
/** In flight; no leader at the moment; too many batches at once. */
const PASSING: ReadonlySet<number> = new Set([10_158, 10_164, 10_008, 10_009, 10_210, 10_211]);
const TOO_LARGE: ReadonlySet<number> = new Set([10_054, 10_097]);

function markOf({ letter, deadLetters }: Resend): string {
  return replayedSubject(letter.stream, deadLetters, letter);
}

function refusalVerdict(
  { letter, subject }: Resend,
  { err_code: code, description }: NonNullable<PubAnswer['error']>,
): Verdict {
  if (SENT.has(code)) return { next: 'done' };
  if (NO_BATCH.has(code)) return { next: 'plain' };
  const words = `dead letter ${letter.seq} could not be sent to ${subject}: the stream refused it with "${description}" (${code})`;
  if (PASSING.has(code))
    return {
      next: 'wait',
      error: new JetlaneError('PUBLISH_TIMEOUT', words, { retryable: true }),
    };
  if (TOO_LARGE.has(code))
    return { next: 'fail', error: new JetlaneError('MESSAGE_TOO_LARGE', words) };
  if (/maximum|resource limits|insufficient/i.test(description))
    return {
      next: 'fail',
      error: new JetlaneError('STREAM_FULL', `${words}; make room, then replay again`),
    };
  return { next: 'fail', error: new JetlaneError('PUBLISH_TIMEOUT', words) };
}

function sendError({ letter, subject }: Resend, cause: unknown): JetlaneError {
  const words = cause instanceof Error ? cause.message : String(cause);
  if (
    cause instanceof errors.ClosedConnectionError ||
    cause instanceof errors.DrainingConnectionError
  )
    return new JetlaneError(
      'CLOSED',
      `the connection closed while ${subject} was published: replay again, nothing is sent twice`,
      {
        cause,
      },
    );
  if (
    [cause, (cause as Error | undefined)?.cause].some(
      (each) => each instanceof errors.PermissionViolationError,
    )
  )
    return new JetlaneError(
      'PERMISSION_DENIED',
      `these credentials may not publish to ${subject}: allow it in their permissions on the server`,
      { cause },
    );
  if (cause instanceof errors.RequestError && cause.isNoResponders())
    return new JetlaneError(
      'NO_STREAM',
      `no stream stores ${subject}, to which dead letter ${letter.seq} goes: declare one that covers it`,
      { cause },
    );
  return new JetlaneError(
    'PUBLISH_TIMEOUT',
    `no ack for ${subject}, to which dead letter ${letter.seq} goes, within ${DEADLINE_MS} ms: ${words}`,
    { retryable: true, cause },
  );
}

function toMsgHdrs(record: Readonly<Record<string, string>>): MsgHdrs {
  const headers = makeHeaders();
  for (const [name, value] of Object.entries(record)) headers.set(name, value);
  return headers;
}
