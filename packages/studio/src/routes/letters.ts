/** Dead letters: groups, lists, one of them. */
import { type DeadLetter, type DeadLetterFilter, deadLetters } from '@jetlane/core';
import type { KnownApps } from '../apps/known-apps.ts';
import { notFound, toGap } from '../failure.ts';
import { DEFAULT_LETTERS, FILTER_FIELDS, filterOf } from '../letters/letter-filter.ts';
import { groupLetters, LOOKED_MAX } from '../letters/letter-groups.ts';
import { viewLetter, viewLetterDetail } from '../letters/letter-view.ts';
import type { Nats } from '../nats.ts';
import { commandTarget, type StudioContext, type Surroundings } from '../surroundings.ts';
import type { DeadLettersAnswer, LetterDetail, LetterFilter, LettersAnswer } from '../wire.ts';
import { queryOf } from './answer.ts';

/** `api/dead-letters`. */
export async function showGroups(
  context: StudioContext,
  { letterGroups }: Surroundings,
): Promise<DeadLettersAnswer> {
  const query = queryOf(context, ['in']);
  const letters = query.name('in') ?? DEFAULT_LETTERS;
  query.done();
  return letterGroups.at(letters);
}

/** Counts the dead letters of one stream. What can not be read is a gap. */
export async function lookAtGroups(
  nats: Nats,
  apps: KnownApps,
  letters: string,
): Promise<DeadLettersAnswer> {
  const found = deadLetters(nats.connection, { stream: letters });
  try {
    const grouped = await nats.run(
      `reading the dead letters of ${letters}`,
      () => groupLetters(found.list({ limit: LOOKED_MAX + 1 }), apps),
      LOOK_TIMEOUT_MS,
    );
    return { in: letters, atMs: Date.now(), ...grouped, gaps: [] };
  } catch (error) {
    const gap = toGap(`the dead letters of ${letters}`, error);
    return { in: letters, atMs: Date.now(), groups: [], looked: 0, complete: false, gaps: [gap] };
  }
}

/** `api/letters`. */
export async function listLetters(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<LettersAnswer> {
  const query = queryOf(context, [...FILTER_FIELDS, 'after', 'limit']);
  const { in: letters = DEFAULT_LETTERS, ...filter } = filterOf(query);
  const after = query.whole('after', 0);
  const limit = query.whole('limit', 1, LIMIT_MAX) ?? LIMIT_DEFAULT;
  query.done();
  const all = deadLetters(nats.connection, { stream: letters });
  const page = await nats.run(
    `reading the dead letters of ${letters}`,
    () => pageOf(all.list(subjectsOf(filter, after)), filter, limit),
    LOOK_TIMEOUT_MS,
  );
  return {
    in: letters,
    letters: page.found.map((letter) => viewLetter(letter, apps)),
    next: page.next,
  };
}

/** `api/letter`. */
export async function showLetter(
  context: StudioContext,
  { nats, apps }: Surroundings,
): Promise<LetterDetail> {
  const query = queryOf(context, ['in', 'seq']);
  const letters = query.name('in') ?? DEFAULT_LETTERS;
  const seq = query.requiredWhole('seq', 1);
  query.done();
  const all = deadLetters(nats.connection, { stream: letters });
  const letter = await nats.run(`reading dead letter ${seq}`, () => all.show(seq));
  if (letter === undefined)
    throw notFound(
      `There is no dead letter ${seq} in ${letters}: it was replayed or forgotten, or never there.`,
    );
  return viewLetterDetail(letter, letters, { apps, target: commandTarget(nats) });
}

/** The part of a filter that the server knows: the rest would be looked for without an end. */
function subjectsOf({ stream, worker }: LetterFilter, after: number | undefined): DeadLetterFilter {
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(worker === undefined ? {} : { worker }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Up to `limit` of them, and where to go on: behind the last that was looked at. */
async function pageOf(
  letters: AsyncIterable<DeadLetter>,
  { seq, reason, errorCode }: LetterFilter,
  limit: number,
): Promise<{ readonly found: readonly DeadLetter[]; readonly next: number | null }> {
  const found: DeadLetter[] = [];
  let looked = 0;
  let last = 0;
  for await (const letter of letters) {
    if (found.length >= limit || looked >= LOOKED_MAX) return { found, next: last };
    looked += 1;
    last = letter.seq;
    const fits =
      (seq ?? letter.seq) === letter.seq &&
      (reason ?? letter.reason) === letter.reason &&
      (errorCode ?? letter.errorCode) === letter.errorCode;
    if (fits) found.push(letter);
  }
  return { found, next: null };
}

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 100;
const LOOK_TIMEOUT_MS = 15_000;
