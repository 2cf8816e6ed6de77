/** All contests of a run, one after another. */
import type { Stage } from '../frame/stage.ts';
import type { Round } from '../measure/contest.ts';
import type { GrowResult } from '../roles/grower.ts';
import {
  bulkContest,
  endToEndContest,
  heapContest,
  publishContest,
  replicaContest,
  type Sizes,
  workContest,
} from './contests.ts';

export type { Sizes } from './contests.ts';

/** What was measured: rounds by contest, and the heap. */
export interface Contests {
  readonly publish: readonly Round[];
  readonly work: readonly Round[];
  readonly endToEnd20k: readonly Round[];
  readonly endToEnd1k: readonly Round[];
  readonly bulk: readonly Round[];
  readonly replicas: readonly Round[];
  readonly heap: readonly GrowResult[];
}

/** Their names. */
export const CONTESTS = [
  'publish',
  'work',
  'endToEnd1k',
  'endToEnd20k',
  'bulk',
  'replicas',
  'heap',
] as const satisfies readonly (keyof Contests)[];

/** One of them. */
export type ContestName = (typeof CONTESTS)[number];

/** Plays all contests, or only some: the others stay empty. */
export async function playAll(
  stage: Stage,
  sizes: Sizes,
  only: readonly ContestName[] = CONTESTS,
): Promise<Contests> {
  const play = <T>(name: ContestName, work: () => Promise<T[]>): Promise<T[]> =>
    only.includes(name) ? work() : Promise.resolve([]);
  return {
    publish: await play('publish', () => publishContest(stage, sizes)),
    work: await play('work', () => workContest(stage, sizes)),
    endToEnd1k: await play('endToEnd1k', () =>
      endToEndContest(stage, sizes, { rate: 1_000, against: 'core' }),
    ),
    endToEnd20k: await play('endToEnd20k', () =>
      endToEndContest(stage, sizes, { rate: 20_000, against: 'idiomatic' }),
    ),
    bulk: await play('bulk', () => bulkContest(stage, sizes)),
    replicas: await play('replicas', () => replicaContest(stage, sizes)),
    heap: await play('heap', () => heapContest(stage, sizes)),
  };
}
