/** How long it took to be back at work after a fault, from the times at which things were done. Pure. */

/** When one fault ended. Milliseconds since 1970. */
export interface Disturbance {
  readonly beganAtMs: number;
  readonly healedAtMs: number;
}

/** What the times say. */
export interface Recovery {
  /** Done in a second before the first fault. */
  readonly undisturbedPerSecond: number;
  /** For each fault, from healing to the first of a second in which 95 % of that was done; null: never seen. */
  readonly recoveredMs: readonly (number | null)[];
  /** The longest of them; null when one is missing, or there are none. */
  readonly worstMs: number | null;
}

const WINDOW_MS = 1_000;
const SHARE = 0.95;
/** What happens while everything starts is not the undisturbed rate. */
const WARM_UP_MS = 500;

/**
 * Measures recoveries. A second counts from something done after the fault was healed, so that a pause is never part of it.
 *
 * @param doneAtMs when something was done, each time; in any order
 */
export function recovery(doneAtMs: readonly number[], faults: readonly Disturbance[]): Recovery {
  const times = [...doneAtMs].sort((a, b) => a - b);
  const undisturbedPerSecond = rateBefore(times, Math.min(...faults.map((each) => each.beganAtMs)));
  const needed = Math.max(1, undisturbedPerSecond * SHARE * (WINDOW_MS / 1_000));
  const recoveredMs = faults.map(({ healedAtMs }) => recoveredAfter(times, healedAtMs, needed));
  const known = recoveredMs.filter((each) => each !== null);
  const worstMs =
    known.length > 0 && known.length === recoveredMs.length ? Math.max(...known) : null;
  return { undisturbedPerSecond: Math.round(undisturbedPerSecond), recoveredMs, worstMs };
}

function rateBefore(times: readonly number[], endMs: number): number {
  const [first] = times;
  if (first === undefined || endMs <= first) return 0;
  // A run whose fault comes early has no time to warm up.
  const beginMs = endMs - first > 2 * WARM_UP_MS ? first + WARM_UP_MS : first;
  const done = indexAt(times, endMs) - indexAt(times, beginMs);
  return (done * 1_000) / (endMs - beginMs);
}

function recoveredAfter(
  times: readonly number[],
  healedAtMs: number,
  needed: number,
): number | null {
  for (let at = indexAt(times, healedAtMs); at < times.length; at++) {
    const beginMs = times[at] as number;
    if (indexAt(times, beginMs + WINDOW_MS) - at >= needed) return Math.round(beginMs - healedAtMs);
  }
  return null;
}

/** How many come before `timeMs`. */
function indexAt(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
