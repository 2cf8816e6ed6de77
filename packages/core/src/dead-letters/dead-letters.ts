import { configInvalid, JetlaneError, unknownOptions } from '@jetlane/contracts';
import { shown } from '../printed.ts';
import type { Admin } from '../topology/admin.ts';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';
import type { LetterStore } from './letter-store.ts';
import { natsLetters } from './nats-letters.ts';
import { type Replayed, type ReplayOptions, replayLetters } from './replay.ts';
import { DEFAULT_DEAD_LETTERS } from './subjects.ts';

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

/** The dead letters in one stream, and what operators do with them: see {@link Client.deadLetters}. */
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
   * once its message is stored. Its attempts start anew; when it fails again it becomes another dead letter, whose `replays`
   * tells. May be interrupted by anything and run again: nothing is lost, and nothing is sent twice. (The stream remembers
   * what it was sent for 30 days. One that takes no atomic batches, because Jetlane does not manage it or its durability is
   * `'async'`, does so for its deduplication window.) A `seq` that is not there is among `skipped`.
   *
   * @throws JetlaneError `CONFIG_INVALID` without a condition; `NO_STREAM`, `STREAM_FULL`, `MESSAGE_TOO_LARGE`,
   *   `PUBLISH_TIMEOUT`, `PERMISSION_DENIED`, `CLOSED`: what was not sent is still there
   */
  replay(filter: ActionFilter, options?: ReplayOptions): Promise<Replayed>;
  /**
   * Deletes them for good. Resolves to how many, 0 when there are none.
   *
   * @throws JetlaneError `CONFIG_INVALID` without a condition
   */
  drop(filter: ActionFilter): Promise<number>;
  /** The dead letters in another stream: one that a worker names as its `deadLetter`. */
  from(stream: string): DeadLetters;
}

/**
 * The dead letters in one stream of a server, `'DLQ'` unless told otherwise; a {@link Client} has the same.
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
  return deadLettersIn(natsLetters(admin), stream);
}

/** The dead letters of any bus. */
export function deadLettersIn(
  store: LetterStore,
  stream: string = DEFAULT_DEAD_LETTERS,
): DeadLetters {
  return {
    async *list({ limit = Number.POSITIVE_INFINITY, ...filter } = {}) {
      assertKnown('list', filter, LISTED);
      let left = limit;
      if (left <= 0) return;
      for await (const letter of store.read(stream, filter)) {
        yield letter;
        left -= 1;
        if (left <= 0) return;
      }
    },
    async summary(filter = {}) {
      assertKnown('summary', filter, LISTED);
      return summarize(store.read(stream, filter));
    },
    show: (seq) => store.get(stream, seq),
    async replay({ all, ...filter } = {}, options = {}) {
      assertCondition('replay', all, filter);
      assertReplayOptions(options);
      if (filter.seq !== undefined && (await store.get(stream, filter.seq)) === undefined)
        return { replayed: 0, skipped: [{ seq: filter.seq, why: missing(stream, filter.seq) }] };
      return replayLetters(store, stream, store.read(stream, filter), options);
    },
    async drop({ all, ...filter } = {}) {
      assertCondition('drop', all, filter);
      return ONE_BY_ONE.some((condition) => filter[condition] !== undefined)
        ? dropEach(store, stream, filter)
        : store.purge(stream, filter);
    },
    from: (name) => deadLettersIn(store, name),
  };
}

function missing(stream: string, seq: number): string {
  return `there is no dead letter ${seq} in ${stream}: it was replayed or dropped, or never there`;
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

async function dropEach(
  store: LetterStore,
  stream: string,
  filter: DeadLetterFilter,
): Promise<number> {
  let dropped = 0;
  for await (const { seq } of store.read(stream, filter))
    if (await store.remove(stream, seq)) dropped += 1;
  return dropped;
}

const CONDITIONS = [
  'stream',
  'worker',
  'seq',
  'error',
  'errorCode',
  'reason',
  'after',
] as const satisfies (keyof DeadLetterFilter)[];
/** What subjects do not tell. */
const ONE_BY_ONE = ['seq', 'error', 'errorCode', 'reason', 'after'] as const;
/** What one acts on is listed with the same filter first. */
const LISTED = [...CONDITIONS, 'all'];
const REPLAY_OPTIONS = [
  'to',
  'rate',
  'dryRun',
  'edit',
  'signal',
  'onReplayed',
] as const satisfies (keyof ReplayOptions)[];

/** A condition with a typo in it would be none: it would let everything through. */
function assertKnown(action: string, given: object, known: readonly string[]): void {
  const problems = unknownOptions(given, known);
  if (problems.length > 0) throw configInvalid(action, problems);
}

function assertCondition(action: string, all: boolean | undefined, filter: DeadLetterFilter): void {
  assertKnown(action, filter, CONDITIONS);
  if (all === true || Object.values(filter).some((value) => value !== undefined)) return;
  throw new JetlaneError(
    'CONFIG_INVALID',
    `${action} needs a condition (${CONDITIONS.join(', ')}), or all: true to mean every dead letter`,
  );
}

function assertReplayOptions(options: ReplayOptions): void {
  const { rate, to } = options;
  const problems = unknownOptions(options, REPLAY_OPTIONS);
  if (rate !== undefined && !(rate > 0 && Number.isFinite(rate)))
    problems.push(`rate must be a positive number of messages a second, not ${shown(rate)}`);
  if (to !== undefined && to !== 'worker' && to !== 'subject')
    problems.push(`to must be 'worker' or 'subject', not ${shown(to)}`);
  if (problems.length > 0) throw configInvalid('replay', problems);
}
