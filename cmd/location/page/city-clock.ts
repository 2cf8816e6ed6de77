/**
 * The city's clock, as seen from here: a page on another machine has another time, and latencies and countdowns would be off by
 * the difference. It asks what time it is, and trusts the answer that came back fastest.
 */

/** The clock. */
export interface CityClock {
  /** Epoch milliseconds of the city, now. */
  nowMs(): number;
  /** Takes an answer: asked at `at` by {@link CityClock.localMs}, and the city's time then. */
  answered(at: number, cityMs: number): void;
  /** What to ask with. */
  localMs(): number;
}

/** Answers that are compared; older ones are forgotten, as clocks drift. */
const KEPT = 12;

/** Knows nothing yet: until the first answer the time here counts. */
export function cityClock(localMs = () => performance.timeOrigin + performance.now()): CityClock {
  const answers: { readonly tookMs: number; readonly aheadMs: number }[] = [];
  let aheadMs = 0;
  return {
    localMs,
    nowMs: () => localMs() + aheadMs,
    answered(at, cityMs) {
      const now = localMs();
      answers.push({ tookMs: now - at, aheadMs: cityMs - (at + now) / 2 });
      if (answers.length > KEPT) answers.shift();
      const best = answers.reduce((a, b) => (b.tookMs < a.tookMs ? b : a));
      aheadMs = best.aheadMs;
    },
  };
}
