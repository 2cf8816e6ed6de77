/** Sending dead letters back, and forgetting them. One such action at a time: two of them could act on the same letters. */
import { type ActionFilter, type DeadLetters, deadLetters } from '@jetlane/core';
import { Failure, notFound, toFailure } from '../failure.ts';
import { DEFAULT_LETTERS, FILTER_FIELDS, filterOf } from '../letters/letter-filter.ts';
import type { Nats } from '../nats.ts';
import { type Given, Query } from '../query.ts';
import type { Surroundings } from '../surroundings.ts';
import type { ActionAnswer, LetterFilter } from '../wire.ts';

/** Acts on dead letters. */
export class LetterActions {
  readonly #surroundings: Surroundings;
  #busy: string | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** `api/actions/replay`. Ends after a minute, or when `signal` says so; what was not sent is still there. */
  async replay(given: Given, signal: AbortSignal): Promise<ActionAnswer> {
    const query = new Query(given, [...FILTER_FIELDS, 'to', 'rate']);
    const { letters, filter } = wanted(query);
    const to = query.choice('to', ['worker', 'subject']) ?? 'worker';
    const rate = query.whole('rate', 1, RATE_MAX);
    query.done();
    return this.#alone(`replay of ${letters}`, letters, async (found) => {
      let count = 0;
      const ended = ending(signal);
      const options = {
        to,
        signal: ended,
        onReplayed: () => void count++,
        ...(rate === undefined ? {} : { rate }),
      };
      try {
        const { replayed, skipped } = await found.replay(filter, options);
        return replayWords(replayed, skipped, ended.aborted);
      } catch (error) {
        const { code, status, message } = toFailure(error);
        const before = count === 0 ? '' : `${plural(count)} went back. Then `;
        throw new Failure(status, code, `${before}${message}`, { cause: error });
      }
    });
  }

  /** `api/actions/forget`. At most 10,000 of those that are there when it begins. */
  async forget(given: Given, signal: AbortSignal): Promise<ActionAnswer> {
    const query = new Query(given, FILTER_FIELDS);
    const { letters, filter } = wanted(query);
    query.done();
    return this.#alone(`forgetting in ${letters}`, letters, async (found) => {
      const ended = ending(signal);
      let count = 0;
      let more = false;
      for await (const { seq } of found.list({ ...filter, limit: FORGOTTEN_MAX + 1 })) {
        more = count >= FORGOTTEN_MAX || ended.aborted;
        if (more) break;
        count += await found.drop({ seq });
      }
      if (count === 0 && filter.seq !== undefined) throw gone(letters, filter.seq);
      const rest = more ? ' There are more: forget again.' : '';
      return { words: `${plural(count)} forgotten.${rest}`, count, skipped: [] };
    });
  }

  async #alone(
    what: string,
    letters: string,
    act: (found: DeadLetters) => Promise<ActionAnswer>,
  ): Promise<ActionAnswer> {
    const { nats, letterGroups } = this.#surroundings;
    if (this.#busy !== undefined)
      throw new Failure(409, 'BUSY', `A ${this.#busy} is under way: wait until it is done.`);
    this.#busy = what;
    try {
      return await act(lettersOf(nats, letters));
    } finally {
      this.#busy = undefined;
      letterGroups.clear();
    }
  }
}

const RATE_MAX = 100_000;
const ACTION_MAX_MS = 60_000;
const FORGOTTEN_MAX = 10_000;
const SKIPPED_MAX = 100;

function lettersOf({ connection, connected }: Nats, letters: string): DeadLetters {
  if (!connected)
    throw new Failure(503, 'DISCONNECTED', 'The nats-server does not answer at the moment.');
  return deadLetters(connection, { stream: letters });
}

function wanted(query: Query): { readonly letters: string; readonly filter: ActionFilter } {
  const { in: letters = DEFAULT_LETTERS, ...filter }: LetterFilter = filterOf(query);
  if (Object.keys(filter).length === 0)
    query.problem(
      'say which dead letters: seq, stream, worker, reason or errorCode. All of them at once is for jetlane dlq',
    );
  return { letters, filter };
}

function ending(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ACTION_MAX_MS)]);
}

function replayWords(
  replayed: number,
  skipped: ActionAnswer['skipped'],
  cut: boolean,
): ActionAnswer {
  const left = skipped.length === 0 ? '' : ` ${plural(skipped.length)} stayed where they are.`;
  const rest = cut ? ` It ended after ${ACTION_MAX_MS / 1000} s: replay again for the rest.` : '';
  const words = `${plural(replayed)} sent back.${left}${rest}`;
  return { words, count: replayed, skipped: skipped.slice(0, SKIPPED_MAX) };
}

function gone(letters: string, seq: number): Failure {
  return notFound(`There is no dead letter ${seq} in ${letters} any more: somebody was faster.`);
}

function plural(count: number): string {
  return `${count.toLocaleString('en')} dead letter${count === 1 ? '' : 's'}`;
}
