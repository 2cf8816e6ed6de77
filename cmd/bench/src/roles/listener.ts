/** A process that consumes positions as they come and measures how old they are. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { nowNs } from '../frame/clock.ts';
import { serve } from '../frame/serve.ts';
import { type ConsumerName, type ConsumerOptions, startConsumer } from '../measure/consumer.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';

/** Who consumes, and how. */
export interface ListenerSetup extends Omit<ConsumerOptions, 'onPosition'> {
  readonly side: ConsumerName;
}

/** What to measure: until it is stopped. */
export interface ListenRound {
  /** What was due before does not count. */
  readonly fromNs: number;
}

/** What came. */
export interface ListenResult {
  readonly count: number;
  /** From the intended time of sending to the handler. */
  readonly latency: HistogramData;
  readonly cpuUs: number;
  /** The 99th percentile of how late the event loop was. */
  readonly loopDelayMs: number;
}

const PROGRESS_MS = 20;
const LOOP_RESOLUTION_MS = 10;

serve<ListenerSetup, ListenRound, ListenResult>(async ({ side, ...options }) => {
  let latency = new Histogram();
  let fromNs = Number.POSITIVE_INFINITY;
  const consumer = await startConsumer(side, {
    ...options,
    onPosition(sentNs) {
      if (sentNs >= fromNs) latency.record(nowNs() - sentNs);
    },
  });
  return {
    async round(round, signal, progress) {
      latency = new Histogram();
      fromNs = round.fromNs;
      const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
      loop.enable();
      const cpu = process.cpuUsage();
      const timer = setInterval(() => progress(latency.count), PROGRESS_MS);
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
      });
      clearInterval(timer);
      loop.disable();
      const { user, system } = process.cpuUsage(cpu);
      return {
        count: latency.count,
        latency: latency.data(),
        cpuUs: user + system,
        loopDelayMs: Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      };
    },
    close: () => consumer.close(),
  };
});
