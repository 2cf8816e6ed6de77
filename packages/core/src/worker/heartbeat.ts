import type { Clock } from '../clock.ts';
import type { Job } from './job.ts';

/**
 * Renews the ack wait of every job that a worker holds, waiting or running, so that the server does not take a message
 * from a process that is alive; each job is told what the server has confirmed. What a handler may take is bounded by its timeout, so this ends by itself.
 */
export function heartbeat(
  everyMs: number,
  clock: Clock,
  jobs: () => Iterable<Job>,
  beaten: () => void = () => {},
): { stop(): void } {
  let cancel = clock.after(everyMs, beat);

  function beat(): void {
    const sentMs = clock.monotonic();
    for (const job of jobs())
      if (sentMs - job.renewedMs >= everyMs / 2)
        job.delivery.working(() => job.renew(sentMs, clock.monotonic()));
    beaten();
    cancel = clock.after(everyMs, beat);
  }

  return { stop: () => cancel() };
}
