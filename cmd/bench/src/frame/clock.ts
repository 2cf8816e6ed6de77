/**
 * CLOCK_MONOTONIC in nanoseconds: one clock for all processes of a host, so that a time written by one can be subtracted from
 * a time read by another. `performance.now()` reads that very clock and costs no BigInt; what it lacks is the origin,
 * which is found once, between two readings that are close together.
 */

/** Nanoseconds of this host's monotonic clock. */
export function nowNs(): number {
  return ORIGIN_NS + performance.now() * 1e6;
}

const TRIES = 20;
const ORIGIN_NS = findOrigin();

/** The reading whose two ends were closest together: nothing interrupted it. */
function findOrigin(): number {
  let originNs = 0;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const beforeMs = performance.now();
    const ns = Number(process.hrtime.bigint());
    const afterMs = performance.now();
    if (afterMs - beforeMs >= bestMs) continue;
    bestMs = afterMs - beforeMs;
    originNs = ns - ((beforeMs + afterMs) / 2) * 1e6;
  }
  return originNs;
}
