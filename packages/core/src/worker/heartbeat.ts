import type { Clock } from '../clock.ts';
import type { Job } from './job.ts';

/**
 * Renews the ack wait of every job that a worker holds, waiting or running, so that the server does not take a message
 * from a process that is alive. What a handler may take is bounded by its timeout, so this ends by itself.
 */
export function heartbeat(
  everyMs: number,
  clock: Clock,
  jobs: () => Iterable<Job>,
): { stop(): void } {
  let cancel = clock.after(everyMs, beat);

  function beat(): void {
    const nowMs = clock.now();
    for (const job of jobs()) if (nowMs - job.deliveredMs >= everyMs / 2) job.delivery.working();
    cancel = clock.after(everyMs, beat);
  }

  return { stop: () => cancel() };
}
