/** The floor of core NATS, as it is now: measured lightly, by a process of its own, for as long as a run lasts. */
import { loadProcess } from './load-process.ts';
import type { LiveFloorOrder, LiveFloorWord } from './protocol.ts';

/** The measurement. */
export interface LiveFloor {
  /** What was measured since the last call, as flat pairs of bucket and count. */
  takeNew(): readonly number[];
  stop(): Promise<void>;
}

/** Begins to measure at once. `warn` is told, in one sentence, when it cannot: the run goes on without. */
export function startLiveFloor(
  servers: readonly string[],
  warn: (line: string) => void,
): LiveFloor {
  let fresh: number[] = [];
  let ended = false;
  const hear = (word: LiveFloorWord) => {
    if (word.word === 'failed') warn(`the floor of core NATS is not measured: ${word.sentence}`);
    if (word.word === 'figures' && fresh.length < FRESH_MAX) fresh.push(...word.latencies);
  };
  const child = loadProcess(
    'live-floor-main',
    (message) => hear(message as LiveFloorWord),
    () => {
      if (!ended) warn('the process that measures core NATS ended: there is no floor any more');
    },
  );
  const subject = `location-floor.${process.pid}.live`;
  child.say({ servers, subject } satisfies LiveFloorOrder);
  return {
    takeNew() {
      const taken = fresh;
      fresh = [];
      return taken;
    },
    async stop() {
      ended = true;
      await child.end();
    },
  };
}

/** Where nobody looks, it ends there. */
const FRESH_MAX = 10_000;
