/**
 * Sends dead letters back. For each: store it once, and only then delete the record. The store remembers what it was sent in
 * the same write that stores it, so that a replay that is interrupted anywhere, by anything, and run again sends nothing
 * twice; and the record is there until its message is stored, so nothing is lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isJetlaneError, JetlaneError } from '@jetlane/contracts';
import type { DeadLetter } from './dead-letter.ts';
import type { LetterStore, ReplayTarget, Resend } from './letter-store.ts';
import { kept, RECORD_HEADERS, STORED_AT, toHeaderText } from './record.ts';
import { replaySubject } from './subjects.ts';

/** What to change in a message before it is sent back. What is absent stays as it is. */
export interface ReplayEdit {
  readonly payload?: Uint8Array;
  /** Replaces all its headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How to replay. */
export interface ReplayOptions {
  /**
   * To the worker that gave up and to nobody else, or to the original subject, where every consumer gets it again.
   * Default `'worker'`.
   */
  readonly to?: ReplayTarget;
  /** At most so many messages a second. Default: no limit. */
  readonly rate?: number;
  /** Only count what would be sent. Default false. */
  readonly dryRun?: boolean;
  /** Changes a message on its way. Resolve to undefined to leave it as it is. */
  readonly edit?: (letter: DeadLetter) => ReplayEdit | undefined | Promise<ReplayEdit | undefined>;
  /** Ends the replay after the messages under way; what is left stays. */
  readonly signal?: AbortSignal;
  /** Called after each message. */
  readonly onReplayed?: (letter: DeadLetter) => void;
}

/** What a replay did. */
export interface Replayed {
  /** Sent back and removed; of a dry run, those that would be. */
  readonly replayed: number;
  /** Left where they are, and why. */
  readonly skipped: readonly { readonly seq: number; readonly why: string }[];
}

/** Sends back every letter given, in their order. */
export function replayLetters(
  store: LetterStore,
  deadLetters: string,
  letters: AsyncIterable<DeadLetter>,
  options: ReplayOptions,
): Promise<Replayed> {
  return new Replay(store, deadLetters, options).run(letters);
}

/** One run. At most {@link UNDER_WAY_MAX} messages wait for their ack. */
class Replay {
  readonly #store: LetterStore;
  readonly #deadLetters: string;
  readonly #options: ReplayOptions;
  readonly #to: ReplayTarget;
  readonly #underWay = new Set<Promise<void>>();
  readonly #obstacles = new Map<string, Promise<string | undefined>>();
  readonly #skipped: { seq: number; why: string }[] = [];
  #replayed = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(store: LetterStore, deadLetters: string, options: ReplayOptions) {
    this.#store = store;
    this.#deadLetters = deadLetters;
    this.#options = options;
    this.#to = options.to ?? 'worker';
  }

  async run(letters: AsyncIterable<DeadLetter>): Promise<Replayed> {
    const { rate, signal } = this.#options;
    const pace = rate === undefined ? undefined : paced(rate, signal);
    for await (const letter of letters) {
      const readMs = Date.now();
      await pace?.();
      while (this.#underWay.size >= UNDER_WAY_MAX) await Promise.race(this.#underWay);
      if (this.#ended) break;
      await this.#take(letter, readMs);
    }
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw interrupted(this.#failure.error, this.#replayed);
    return { replayed: this.#replayed, skipped: this.#skipped };
  }

  get #ended(): boolean {
    return this.#failure !== undefined || this.#options.signal?.aborted === true;
  }

  async #take(letter: DeadLetter, readMs: number): Promise<void> {
    const { dryRun = false, edit } = this.#options;
    const why = await this.#obstacle(letter);
    const whole = letter.truncatedBytes === undefined;
    const payload = whole || why !== undefined ? letter.payload : await this.#store.body(letter);
    if (why !== undefined || payload === undefined)
      return void this.#skipped.push({ seq: letter.seq, why: why ?? bodyLost(letter) });
    if (dryRun) return this.#done(letter);
    const change = await edit?.(letter);
    // Whoever edits may take his time, and stop there.
    if (this.#ended) return;
    // A slow replay holds letters that somebody else may have dropped or replayed meanwhile.
    if (Date.now() - readMs >= FRESH_MS && !(await this.#isThere(letter))) return;
    this.#begin(this.#message(letter, payload, change));
  }

  #message(letter: DeadLetter, payload: Uint8Array, change: ReplayEdit | undefined): Resend {
    const { stream, worker, subject, streamSeq, seq } = letter;
    return {
      letter,
      deadLetters: this.#deadLetters,
      to: this.#to,
      subject: this.#to === 'worker' ? replaySubject(stream, worker, subject) : subject,
      id: `replay:${worker}:${streamSeq}:${seq}`,
      headers: change?.headers ?? originalHeaders(letter),
      payload: change?.payload ?? payload,
    };
  }

  #begin(message: Resend): void {
    const task: Promise<void> = this.#send(message).then(
      () => void this.#underWay.delete(task),
      (error: unknown) => {
        this.#underWay.delete(task);
        this.#failure ??= { error };
      },
    );
    this.#underWay.add(task);
  }

  async #send(message: Resend): Promise<void> {
    await this.#store.resend(message);
    // False where somebody else replays too and was faster: then it is his.
    const mine = await this.#store.remove(this.#deadLetters, message.letter.seq);
    await this.#store.forget(message);
    if (mine) this.#done(message.letter);
  }

  #done(letter: DeadLetter): void {
    this.#replayed += 1;
    this.#options.onReplayed?.(letter);
  }

  #obstacle(letter: DeadLetter): Promise<string | undefined> {
    const { subject, stream, worker } = letter;
    if (subject === '')
      return Promise.resolve('it has no jl-subject header: Jetlane did not make it');
    const key = `${stream} ${this.#to === 'worker' ? worker : subject}`;
    const known = this.#obstacles.get(key) ?? this.#store.obstacle(letter, this.#to);
    if (this.#obstacles.size < OBSTACLES_MAX) this.#obstacles.set(key, known);
    return known;
  }

  async #isThere({ seq, buriedAt }: DeadLetter): Promise<boolean> {
    const now = await this.#store.get(this.#deadLetters, seq);
    return now?.buriedAt.getTime() === buriedAt.getTime();
  }
}

const UNDER_WAY_MAX = 32;
const OBSTACLES_MAX = 10_000;
const FRESH_MS = 1_000;

/** Keeps the message's identity: its own id in `ce-id`, whatever this publication is called. Attempts start anew. */
function originalHeaders(letter: DeadLetter): Record<string, string> {
  const headers = Object.fromEntries(
    Object.entries(kept(letter.headers)).filter(([name]) => !OWN_HEADER.test(name)),
  );
  const msgId = letter.headers[RECORD_HEADERS.msgId];
  const id = msgId ?? `${letter.subject}:${letter.streamSeq}`;
  const hadNone = msgId === undefined && headers['ce-id'] === undefined;
  const storedAt = hadNone ? String(letter.time.getTime()) : letter.headers[STORED_AT];
  const replays = String(letter.replays + 1);
  return {
    'ce-id': toHeaderText(id),
    ...headers,
    ...(storedAt === undefined ? {} : { [STORED_AT]: storedAt }),
    [RECORD_HEADERS.replays]: replays,
  };
}

/** What Jetlane noted on an earlier way of the message. */
const OWN_HEADER = /^jl-/i;

function bodyLost({ truncatedBytes, stream, streamSeq }: DeadLetter): string {
  return `its body of ${truncatedBytes} bytes did not fit into the record, and message ${streamSeq} of ${stream} is gone`;
}

function interrupted(cause: unknown, replayed: number): unknown {
  if (!isJetlaneError(cause)) return cause;
  return new JetlaneError(
    cause.code,
    `the replay ended after ${replayed} messages: ${cause.message}. What was not sent is still there: replay again`,
    { retryable: cause.retryable, cause },
  );
}

/** Resolves when the next message may go: at even distances, without making up for what was late. */
function paced(rate: number, signal: AbortSignal | undefined): () => Promise<void> {
  let dueMs = 0;
  return async () => {
    const nowMs = performance.now();
    dueMs = Math.max(dueMs, nowMs - LATE_MS);
    const waitMs = dueMs - nowMs;
    dueMs += 1_000 / rate;
    // An abort ends the wait; the loop sees it next.
    if (waitMs > 1)
      await delay(Math.min(waitMs, WAIT_MAX_MS), undefined, signal && { signal }).catch(() => {});
  };
}

/** Timers are late by a little: so much is made up for. */
const LATE_MS = 20;
const WAIT_MAX_MS = 3_600_000;
