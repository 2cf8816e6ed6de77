const FIRST_MS = 200;
const MAX_MS = 30_000;

/** A process that was ready this long has recovered: its next failure counts as the first. */
export const HEALTHY_MS = 10_000;

/**
 * How long to wait before a process that failed `failures` times in a row is started again: doubling from 200 ms to
 * 30 s. Between half and all of it, by `dice` in [0, 1), so that processes that died together do not start together.
 */
export function restartDelayMs(failures: number, dice: number): number {
  const ceilingMs = Math.min(MAX_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(ceilingMs * (0.5 + dice / 2));
}
