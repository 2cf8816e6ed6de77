import { configInvalid, type Duration, durationProblem, toMs } from '@jetlane/contracts';
import type { PausedDurable, WorkerName } from './topology/durables.ts';

/** How long a worker is paused, and which. */
export interface PauseOptions {
  /** Default: until it is resumed. */
  readonly for?: Duration;
  /** Its stream; needed where workers of several streams have this name. */
  readonly stream?: string;
}

/** Pauses on some bus: for so long, `Infinity` until it is resumed, 0 not any longer. */
export type SetPause = (which: WorkerName, forMs: number) => Promise<PausedDurable[]>;

/** How long a pause lasts. Throws `CONFIG_INVALID` for what is no worker or duration. */
export function lengthOfPause(worker: string, { for: time }: PauseOptions): number {
  const problems: string[] = [];
  if (typeof worker !== 'string' || worker === '')
    problems.push('takes the name of a worker first');
  const problem = time === undefined ? undefined : durationProblem(time, 'for');
  if (problem !== undefined) problems.push(problem);
  if (problems.length > 0) throw configInvalid('pause()', problems);
  return time === undefined ? Number.POSITIVE_INFINITY : toMs(time);
}
