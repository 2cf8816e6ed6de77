/** A process that publishes and works, both by Jetlane, and tells how large its heap is after so many messages. */
import { type Memory, memory } from '../frame/memory.ts';
import { serve } from '../frame/serve.ts';
import type { ServerOptions } from '../frame/surroundings.ts';
import { startConsumer } from '../measure/consumer.ts';
import type { PositionShape, PositionStreamSettings } from '../measure/position.ts';
import { openPublisher } from '../measure/publisher.ts';
import { saturate } from '../measure/saturate.ts';

/** Where. */
export interface GrowerSetup {
  readonly servers: ServerOptions;
  readonly stream: string;
  readonly settings: PositionStreamSettings;
  readonly shape: PositionShape;
  readonly window: number;
  readonly room: number;
}

/** How many, counted from the start of the process. */
export interface GrowRound {
  readonly msgs: number;
}

/** Memory of the process after a garbage collection, with nothing on its way. */
export interface GrowResult extends Memory {
  readonly msgs: number;
}

/** Published before all of them have to be handled: bounds how far the worker lags behind. */
const CHUNK = 50_000;
const CHUNK_TIMEOUT_MS = 120_000;

serve<GrowerSetup, GrowRound, GrowResult>(async ({ shape, window, room, ...options }) => {
  let published = 0;
  let handled = 0;
  const publisher = await openPublisher('jetlane', { servers: options.servers, shape, window });
  const consumer = await startConsumer('worker', {
    ...options,
    prefix: shape.prefix,
    durable: 'grower',
    from: 'first',
    room,
    onPosition: () => void handled++,
  });
  return {
    async round({ msgs }, signal, progress) {
      while (published < msgs && !signal.aborted) {
        const chunk = { msgs: Math.min(CHUNK, msgs - published), durationMs: CHUNK_TIMEOUT_MS };
        const { count, failure } = await saturate(
          publisher,
          { ...chunk, window },
          signal,
          () => {},
        );
        if (failure !== undefined) throw new Error(failure);
        published += count;
        await until(() => handled >= published || signal.aborted);
        progress(published);
      }
      return { msgs: published, ...memory() };
    },
    async close() {
      await consumer.close();
      await publisher.close();
    },
  };
});

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + CHUNK_TIMEOUT_MS;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('the worker does not come to its end');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
