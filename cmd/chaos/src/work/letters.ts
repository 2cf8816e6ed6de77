/** What the dead letter stream of a run holds. */
import { type Connection, type DeadLetter, deadLetters } from '@jetlane/core';
import type { Stage } from '../stage.ts';

/** Dead letters compared with what should be there. */
export interface LetterCensus {
  /** All records. */
  readonly records: number;
  /** Poison that has a record. */
  readonly buried: number;
  /** Records beyond the first of a message. */
  readonly twice: number;
  /** Records of what is no poison. */
  readonly strangers: number;
  /** Records by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Reads all dead letters. `isPoisonId` says which messages should be among them. */
export async function census(
  connection: Connection,
  isPoisonId: (id: string) => boolean,
): Promise<LetterCensus> {
  const seen = new Set<string>();
  const reasons: Record<string, number> = {};
  const found = { records: 0, buried: 0, twice: 0, strangers: 0 };
  for await (const letter of deadLetters(connection).list()) {
    const id = idOf(letter);
    found.records++;
    reasons[letter.reason] = (reasons[letter.reason] ?? 0) + 1;
    if (!isPoisonId(id)) found.strangers++;
    else if (seen.has(id)) found.twice++;
    else found.buried++;
    seen.add(id);
  }
  return { ...found, reasons };
}

/**
 * Waits until there are so many records, or no more of them come for a while: what is missing then is for the verdict to tell.
 */
export async function lettersSettled(
  stage: Stage,
  connection: Connection,
  count: number,
): Promise<void> {
  let last = -1;
  let lastMs = 0;
  await stage.until(
    async () => {
      const found = await letterCount(connection).catch(() => 0);
      if (found !== last) lastMs = performance.now();
      last = found;
      return found >= count || performance.now() - lastMs > QUIET_MS;
    },
    Number.POSITIVE_INFINITY,
    'quiet',
  );
}

/** How many records there are. */
export async function letterCount({ jsm }: Connection): Promise<number> {
  const { state } = await jsm.streams.info('DLQ', { subjects_filter: '_jl.dlq.>' });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

/** The number of a task, from its id. */
export function numberOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

function idOf({ id, subject, streamSeq }: DeadLetter): string {
  return id ?? `${subject}:${streamSeq}`;
}

/** Longer than any ack wait and retry of these runs. */
const QUIET_MS = 20_000;
