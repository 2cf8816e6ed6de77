/** Dead letters by worker and error, with the newest of each. */
import type { DeadLetter } from '@jetlane/core';
import type { KnownApps } from '../apps/known-apps.ts';
import type { LetterGroup, LetterRow } from '../wire.ts';
import { viewLetter } from './letter-view.ts';

/** Dead letters that one look at a stream counts. */
export const LOOKED_MAX = 10_000;

/** What such a look gave. */
export interface Grouped {
  readonly groups: readonly LetterGroup[];
  readonly looked: number;
  readonly complete: boolean;
}

/** Counts by stream, worker, reason and error code; the most frequent first, 200 groups at most. */
export async function groupLetters(
  letters: AsyncIterable<DeadLetter>,
  apps: KnownApps,
): Promise<Grouped> {
  const groups = new Map<string, Counted>();
  let looked = 0;
  let complete = true;
  for await (const letter of letters) {
    if (looked >= LOOKED_MAX) {
      complete = false;
      break;
    }
    looked += 1;
    complete = add(groups, letter) && complete;
  }
  const listed = [...groups.values()].sort((a, b) => b.count - a.count);
  return { groups: listed.map((group) => viewGroup(group, apps)), looked, complete };
}

const GROUPS_MAX = 200;
const SAMPLES = 3;

interface Counted {
  count: number;
  readonly oldest: DeadLetter;
  /** Newest last. */
  readonly samples: DeadLetter[];
}

/** False where there are too many groups. */
function add(groups: Map<string, Counted>, letter: DeadLetter): boolean {
  const key = JSON.stringify([letter.stream, letter.worker, letter.reason, letter.errorCode]);
  const known = groups.get(key);
  if (known === undefined && groups.size >= GROUPS_MAX) return false;
  const group = known ?? { count: 0, oldest: letter, samples: [] };
  group.count += 1;
  group.samples.push(letter);
  if (group.samples.length > SAMPLES) group.samples.shift();
  groups.set(key, group);
  return true;
}

function viewGroup({ count, oldest, samples }: Counted, apps: KnownApps): LetterGroup {
  const rows = samples.map((letter) => viewLetter(letter, apps)).reverse();
  const { stream, worker, reason, errorCode, error, buriedMs } = rows[0] as LetterRow;
  return {
    stream,
    worker,
    reason,
    errorCode,
    error,
    count,
    oldestMs: oldest.buriedAt.getTime(),
    newestMs: buriedMs,
    samples: rows,
  };
}
