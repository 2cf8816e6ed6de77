/**
 * One clock for all processes of a run: the machine's monotonic clock, shifted once to epoch time.
 * A wall clock may be set back between sending and handling; this one may not. `performance.now()`
 * is not used: its zero differs from process to process and cannot be compared exactly.
 */

/** Environment variable by which a parent hands its shift to its children. */
export const CLOCK_VARIABLE = 'LOCATION_CLOCK_SHIFT_MS';

/** Epoch time minus monotonic time, in milliseconds: the parent's where there is one. */
export const clockShiftMs: number =
  Number(process.env[CLOCK_VARIABLE]) || Date.now() - monotonicMs();

/** Now in epoch milliseconds with fractions, comparable between the processes of a run. */
export function nowMs(): number {
  return monotonicMs() + clockShiftMs;
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
