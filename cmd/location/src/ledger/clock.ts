/**
 * One clock for all processes of a run: the machine's monotonic clock, shifted once to epoch time.
 * A wall clock may be set back between sending and handling; this one may not.
 */

/** Environment variable by which a parent hands its shift to its children. */
export const CLOCK_VARIABLE = 'LOCATION_CLOCK_SHIFT_MS';

const sinceBootMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Epoch time minus monotonic time, in milliseconds: the parent's where there is one. */
export const clockShiftMs: number =
  Number(process.env[CLOCK_VARIABLE]) || Date.now() - sinceBootMs - performance.now();

/** Now in epoch milliseconds with fractions, comparable between the processes of a run. */
export const nowMs = (): number => performance.now() + sinceBootMs + clockShiftMs;
