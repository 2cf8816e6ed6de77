import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until a condition holds, asking every few milliseconds.
 *
 * @param what words for what is awaited; a function is asked at the deadline
 * @throws Error naming `what` when it does not hold after `deadlineMs`
 * @example
 * await until(() => seen.length === 3, 5_000, () => `3 messages, not ${seen.length}`);
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
  what: string | (() => string),
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs)
      throw new Error(`not within ${deadlineMs} ms: ${typeof what === 'string' ? what : what()}`);
    await delay(POLL_MS);
  }
}

/**
 * Watches that a condition goes on to hold for a while: for what must not happen.
 *
 * @throws Error naming `what` as soon as it does not hold
 */
export async function holds(condition: () => boolean, forMs: number, what: string): Promise<void> {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs) {
    if (!condition()) throw new Error(`did not hold for ${forMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}

const POLL_MS = 5;
