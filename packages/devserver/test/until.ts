/** Waiting for what will come, in tests. */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `condition` holds; rejects after ten seconds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ten seconds: ${what}`);
    await delay(20);
  }
}
