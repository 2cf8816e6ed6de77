import type { BreakerState } from './breaker.ts';
import type { Job } from './job.ts';

/** What a worker holds in this process now. */
export interface Held {
  /** Messages in all. */
  readonly all: number;
  /** Calls of handlers that run. */
  readonly running: number;
  /** Messages that wait for a retry in place. */
  readonly retrying: number;
  /** Calls that may run at once; it moves where `concurrency` has bounds. */
  readonly limit: number;
  /** Messages (or batches) that a rate limit holds back. */
  readonly throttled: number;
  /** Left out where the worker has no breaker. */
  readonly breaker?: BreakerState;
  /** Left out where nothing is ordered. */
  readonly lanes?: HeldLanes;
}

/** What a worker with `orderBy` holds, by lanes. A lane exists only while it has messages. */
export interface HeldLanes {
  /** Lanes, each with a message that may run or runs, or that holds it. */
  readonly keys: number;
  /** Messages behind the first of their lane. */
  readonly waiting: number;
  /** Lanes that wait for the retry of their first message. */
  readonly held: number;
  /** How long the message that has been in its lane longest has been in this process; 0 when there is none. */
  readonly oldestMs: number;
}

/** Looks through the jobs of a worker, at a time by the monotonic clock. `lanes` is undefined where nothing is ordered. */
export function survey(
  jobs: Iterable<Job>,
  lanes: { readonly busy: number; readonly waiting: number } | undefined,
  nowMs: number,
): Pick<Held, 'retrying' | 'lanes'> {
  let retrying = 0;
  let held = 0;
  let oldestMs = 0;
  for (const { state, key, arrivedMs } of jobs) {
    if (state === 'retrying') retrying++;
    // One that lets its lane pass has none until it is tried again.
    if (key === undefined) continue;
    if (state === 'retrying') held++;
    oldestMs = Math.max(oldestMs, nowMs - arrivedMs);
  }
  if (lanes === undefined) return { retrying };
  const { busy: keys, waiting } = lanes;
  return { retrying, lanes: { keys, waiting, held, oldestMs } };
}
