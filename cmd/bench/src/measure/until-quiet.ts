import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../frame/stage.ts';

/** CPU time is accounted in steps of 10 ms. */
const LOOK_MS = 200;
const QUIET_US = 20_000;
const PATIENCE_MS = 10_000;

/**
 * Waits until the servers of the benchmark do next to nothing: one stores, purges and collects garbage for a while after a turn,
 * and the next side would pay for it. Where that takes too long it says so and goes on. Returns at once for servers of others,
 * which tell nobody.
 *
 * @param patienceMs default 10 s
 */
export async function untilQuiet(
  stage: Pick<Stage, 'serverCpuUs' | 'signal' | 'say'>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (let before = stage.serverCpuUs(); before !== undefined; ) {
    await delay(LOOK_MS);
    const now = stage.serverCpuUs();
    if (now === undefined || now - before <= QUIET_US) return;
    if (stage.signal.aborted) return;
    if (performance.now() >= endMs) {
      const share = Math.round((now - before) / (10 * LOOK_MS));
      const waited = `${patienceMs / 1_000} s after the turn before`;
      return stage.say(
        `nats-server still took ${share} % of a core ${waited}: what is measured next may pay for it`,
      );
    }
    before = now;
  }
}
