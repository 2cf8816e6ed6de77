/** A process that loads positions in bulk, by one way of travelling. */
import { connect } from '@jetlane/core';
import { nowNs } from '../frame/clock.ts';
import { serve } from '../frame/serve.ts';
import { positionEvent, positions } from '../measure/position.ts';
import type { PublisherOptions } from '../measure/publisher.ts';

/** How they travel. */
export interface LoaderSetup extends PublisherOptions {
  readonly mode: 'plain' | 'ingest';
}

/** One load: what the source gives in that time. */
export interface LoadRound {
  readonly durationMs: number;
}

/** What was confirmed, to the last message. */
export interface LoadResult {
  readonly count: number;
  readonly elapsedMs: number;
  /** Of this process, by the operating system. */
  readonly cpuUs: number;
}

/** Messages between two looks at the clock. */
const STRIDE = 64;

serve<LoaderSetup, LoadRound, LoadResult>(async ({ servers, shape, window, mode }) => {
  const client = await connect({ ...servers, source: 'bench', maxInFlight: window });
  const Position = positionEvent(shape.prefix);
  const next = positions(shape);
  let n = 0;
  return {
    async round({ durationMs }, signal) {
      const startNs = nowNs();
      const endNs = startNs + durationMs * 1e6;
      function* source() {
        while (!signal.aborted && nowNs() < endNs)
          for (let i = 0; i < STRIDE; i++) yield Position(next(n++, startNs));
      }
      const cpu = process.cpuUsage();
      const { stored, duplicates } = await client.publishAll(source(), { mode });
      const { user, system } = process.cpuUsage(cpu);
      return {
        count: stored + duplicates,
        elapsedMs: (nowNs() - startNs) / 1e6,
        cpuUs: user + system,
      };
    },
    close: () => client.close(),
  };
});
