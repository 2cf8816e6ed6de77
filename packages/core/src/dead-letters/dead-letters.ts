import { configInvalid, JetlaneError } from '@jetlane/contracts';
import type { Admin } from '../topology/admin.ts';
import { ask, unwrap } from '../topology/jetstream-api.ts';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';
import { type Replayed, type ReplayOptions, remove, replayLetters } from './replay.ts';
import { lettersInfo, readLetter, readLetters } from './stored-letters.ts';
import { DEFAULT_DEAD_LETTERS, deadLetterFilter } from './subjects.ts';

/** Dead letters of one worker with one error. */
export interface DeadLetterGroup {
  readonly stream: string;
  readonly worker: string;
  readonly reason: string;
  readonly errorCode: string;
  /** Words of the newest. */
  readonly error: string;
  readonly count: number;
  /** When the first and the last of them were buried. */
  readonly oldest: Date;
  readonly newest: Date;
}

/** Which dead letters to act on. Without a condition it must say `all`, so that no slip of the hand empties the stream. */
export interface ActionFilter extends DeadLetterFilter {
  readonly all?: boolean;
}

/** What operators do with dead letters. */
export interface DeadLetters {
  /**
   * Oldest first, those that were there when the listing began; `limit` ends it early. Empty when nothing was ever buried.
   */
  list(filter?: DeadLetterFilter & { readonly limit?: number }): AsyncIterable<DeadLetter>;
  /** Counts by stream, worker and error, the most frequent first. Reads all of them. */
  summary(filter?: DeadLetterFilter): Promise<DeadLetterGroup[]>;
  /** The one at this position of the dead letter stream; undefined when there is none. */
  show(seq: number): Promise<DeadLetter | undefined>;
  /**
   * Sends the original bytes and headers back, to the worker that gave up or to the original subject, and removes each record
   * once its message is stored. It may be interrupted and run again: nothing is lost, and nothing is sent twice as long as the
   * deduplication window of the stream, or its last message on that subject, still tells.
   *
   * @throws JetlaneError `CONFIG_INVALID` without a condition; `NO_STREAM`, `PUBLISH_TIMEOUT`, `PERMISSION_DENIED`
   */
  replay(filter: ActionFilter, options?: ReplayOptions): Promise<Replayed>;
  /**
   * Deletes them for good. Resolves to how many.
   *
   * @throws JetlaneError `CONFIG_INVALID` without a condition
   */
  drop(filter: ActionFilter): Promise<number>;
}

/**
 * The dead letters in one stream.
 *
 * @example
 * const letters = deadLetters(connection);
 * for await (const { worker, error } of letters.list({ worker: 'billing' })) console.log(worker, error);
 * await letters.replay({ worker: 'billing', error: 'HANDLER_TIMEOUT' }, { rate: 100 });
 */
export function deadLetters(
  admin: Admin,
  { stream = DEFAULT_DEAD_LETTERS }: { readonly stream?: string } = {},
): DeadLetters {
  return {
    async *list({ limit = Number.POSITIVE_INFINITY, ...filter } = {}) {
      let left = limit;
      if (left <= 0) return;
      for await (const letter of readLetters(admin, stream, filter)) {
        yield letter;
        left -= 1;
        if (left <= 0) return;
      }
    },
    summary: (filter = {}) => summarize(readLetters(admin, stream, filter)),
    async show(seq) {
      return (await lettersInfo(admin, stream)) === undefined
        ? undefined
        : readLetter(admin, stream, seq);
    },
    async replay(filter, options = {}) {
      assertCondition('replay', filter);
      assertReplayOptions(options);
      return replayLetters(admin, stream, readLetters(admin, stream, filter), options);
    },
    async drop(filter) {
      assertCondition('drop', filter);
      return filter.seq === undefined && filter.error === undefined
        ? purge(admin, stream, filter)
        : dropEach(admin, stream, filter);
    },
  };
}

async function summarize(letters: AsyncIterable<DeadLetter>): Promise<DeadLetterGroup[]> {
  const groups = new Map<string, DeadLetterGroup>();
  for await (const { stream, worker, reason, errorCode, error, buriedAt } of letters) {
    const key = JSON.stringify([stream, worker, reason, errorCode]);
    const group = groups.get(key);
    groups.set(key, {
      stream,
      worker,
      reason,
      errorCode,
      error,
      count: (group?.count ?? 0) + 1,
      oldest: group?.oldest ?? buriedAt,
      newest: buriedAt,
    });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

async function purge(admin: Admin, stream: string, filter: DeadLetterFilter): Promise<number> {
  if ((await lettersInfo(admin, stream)) === undefined) return 0;
  const subject = deadLetterFilter(stream, filter.stream, filter.worker);
  const answer = await ask<{ purged: number }>(admin, `STREAM.PURGE.${stream}`, {
    filter: subject,
  });
  return unwrap(answer, `dropping dead letters of ${stream}`).purged;
}

async function dropEach(admin: Admin, stream: string, filter: DeadLetterFilter): Promise<number> {
  let dropped = 0;
  for await (const { seq } of readLetters(admin, stream, filter)) {
    await remove(admin, stream, seq);
    dropped += 1;
  }
  return dropped;
}

function assertCondition(action: string, { all, ...filter }: ActionFilter): void {
  if (all === true || Object.values(filter).some((value) => value !== undefined)) return;
  throw new JetlaneError(
    'CONFIG_INVALID',
    `${action} needs a condition (stream, worker, seq or error), or all: true to mean every dead letter`,
  );
}

function assertReplayOptions({ rate, to }: ReplayOptions): void {
  const problems: string[] = [];
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate)))
    problems.push(`rate must be a positive number of messages a second, not ${String(rate)}`);
  if (to !== undefined && to !== 'worker' && to !== 'subject')
    problems.push(`to must be 'worker' or 'subject', not '${String(to)}'`);
  if (problems.length > 0) throw configInvalid('replay', problems);
}
