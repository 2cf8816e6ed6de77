import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../frame/stage.ts';

/** CPU time is accounted in steps of 10 ms. */
const LOOK_MS = 200;
const QUIET_US = 20_000;
const PATIENCE_MS = 10_000;

/**
 * Waits until the servers of the benchmark do next to nothing, ten seconds at most: one stores, purges and collects garbage for a
 * while after a turn, and the next side would pay for it. Returns at once for servers of others, which tell nobody.
 */
export async function untilQuiet(stage: Pick<Stage, 'serverCpuUs' | 'signal'>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  for (let before = stage.serverCpuUs(); before !== undefined; ) {
    await delay(LOOK_MS);
    const now = stage.serverCpuUs();
    if (now === undefined || now - before <= QUIET_US) return;
    if (stage.signal.aborted || performance.now() >= endMs) return;
    before = now;
  }
}
