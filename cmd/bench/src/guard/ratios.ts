/** From what the contests measured to the ratios. Pure. */
import { type RatioOf, type Round, ratio } from '../measure/contest.ts';
import type { Measured } from './goals.ts';
import type { Contests } from './play.ts';

/** Every ratio ours ÷ theirs; null where a side was not measured. */
export function toMeasured(contests: Contests): Measured {
  const of = (rounds: readonly Round[], ours: string, theirs: string, figure: RatioOf['figure']) =>
    ratio(rounds, { ours, theirs, figure });
  const { publish, work, heap } = contests;
  const [first, last] = [heap[0], heap.at(-1)];
  return {
    publishVsIdiomatic: of(publish, 'jetlane', 'idiomatic', 'perSecond'),
    publishVsCeiling: of(publish, 'jetlane', 'ceiling', 'perSecond'),
    workerVsIterator: of(work, 'worker', 'iterator', 'perSecond'),
    workerVsBareCallback: of(work, 'worker', 'callback', 'perSecond'),
    e2e20kVsIdiomaticP50: of(contests.endToEnd20k, 'jetlane', 'idiomatic', 'p50Us'),
    e2e1kVsCoreP50: of(contests.endToEnd1k, 'jetlane', 'core', 'p50Us'),
    fastIngestVsWindow: of(contests.bulk, 'ingest', 'window', 'perSecond'),
    r3VsR1: of(contests.replicas, 'r3', 'r1', 'perSecond'),
    cpuPublishVsIdiomatic: of(publish, 'jetlane', 'idiomatic', 'clientCpuUs'),
    cpuWorkVsIterator: of(work, 'worker', 'iterator', 'clientCpuUs'),
    heapGrowth: first && last && first !== last ? last.heapBytes / first.heapBytes : null,
  };
}
