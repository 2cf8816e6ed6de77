/** Whether a long run was steady: its last quarter against its second one, since the first warms up. Pure. */
import { median } from './contest.ts';

/** What was seen at the end of an interval. */
export interface Interval {
  /** Seconds since the start. */
  readonly atS: number;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Sent and not handled in time. */
  readonly lag: number;
  readonly publisherHeapMiB: number;
  readonly workerHeapMiB: number;
  readonly publisherResidentMiB: number;
  readonly workerResidentMiB: number;
}

/** Fewer say nothing. */
const INTERVALS_MIN = 8;

/** What may grow, how much, and from how much on it counts at all. */
const LIMITS = [
  { key: 'publisherHeapMiB', words: 'heap of the publisher', factor: 1.1, slack: 1 },
  { key: 'workerHeapMiB', words: 'heap of the worker', factor: 1.1, slack: 1 },
  {
    key: 'publisherResidentMiB',
    words: 'resident memory of the publisher',
    factor: 1.3,
    slack: 16,
  },
  { key: 'workerResidentMiB', words: 'resident memory of the worker', factor: 1.3, slack: 16 },
  { key: 'p99Us', words: 'p99', factor: 3, slack: 5_000 },
] as const;

/** The verdict, and a sentence for each finding. */
export function verdict(
  intervals: readonly Interval[],
  rate: number,
): { readonly steady: boolean; readonly words: string[] } {
  const lagging = intervals.filter(({ lag }) => lag > 0).length;
  const lag =
    lagging > 0
      ? [`${lagging} of ${intervals.length} intervals ended with messages not handled`]
      : [];
  if (intervals.length < INTERVALS_MIN)
    return {
      steady: lagging === 0,
      words: [
        ...lag,
        `${intervals.length} of the ${INTERVALS_MIN} intervals that it takes to say what grows: run it for longer`,
      ],
    };
  const quarter = Math.floor(intervals.length / 4);
  const early = intervals.slice(quarter, 2 * quarter);
  const late = intervals.slice(-quarter);
  const grown = LIMITS.flatMap(({ key, words, factor, slack }) => {
    const [before, after] = [early, late].map((part) => median(part.map((each) => each[key])));
    if (before === undefined || after === undefined) return [];
    if (after <= before * factor + slack) return [];
    return [`${words} grew from ${before.toFixed(1)} to ${after.toFixed(1)}`];
  });
  const problems = [...lag, ...grown];
  const steady = problems.length === 0;
  const head = steady
    ? `steady at ${rate.toLocaleString('en-US')}/s: memory, lag and latency of the last quarter are those of the second`
    : 'NOT STEADY';
  return { steady, words: [head, ...problems] };
}
