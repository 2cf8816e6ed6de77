/** Time as the engine sees it, so that a test can move it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from an arbitrary start, which nobody sets back: for measuring how long something takes. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`; the result cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

/** Longer timers fire at once in Node, so that they are waited for in steps. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const realClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const stepMs = Math.min(delayMs, TIMER_MAX_MS);
    let cancel = () => clearTimeout(timer);
    const timer = setTimeout(() => {
      if (stepMs === delayMs) task();
      else cancel = realClock.after(delayMs - stepMs, task);
    }, stepMs);
    return () => cancel();
  },
};
