/** A process that consumes what a stream holds, as fast as it goes, with a new durable each round. */
import { nowNs } from '../frame/clock.ts';
import { serve } from '../frame/serve.ts';
import { type ConsumerName, type ConsumerOptions, startConsumer } from '../measure/consumer.ts';

/** Who consumes, and how. */
export interface DrainerSetup extends Omit<ConsumerOptions, 'onPosition' | 'durable' | 'from'> {
  readonly side: ConsumerName;
}

/** One round. */
export interface DrainRound {
  readonly durable: string;
  /** At most that long from the first message. */
  readonly durationMs: number;
  /** Ends when that many came. */
  readonly msgs: number;
}

/** What came, from the first message to the last. */
export interface DrainResult {
  readonly count: number;
  readonly elapsedMs: number;
  /** Of this process, by the operating system. */
  readonly cpuUs: number;
}

const PROGRESS_MS = 50;
/** Nothing comes at all: something is wrong. */
const SILENCE_MAX_MS = 20_000;
/** Nothing comes any more: others have taken the rest. */
const DRY_MS = 1_000;

serve<DrainerSetup, DrainRound, DrainResult>(({ side, ...options }) => ({
  async round({ durable, durationMs, msgs }, signal, progress) {
    let count = 0;
    let firstNs = 0;
    let lastNs = 0;
    let first = process.cpuUsage();
    let used = 0;
    let over = (): void => {};
    const ended = new Promise<void>((resolve) => {
      over = () => {
        if (lastNs !== 0) return resolve();
        lastNs = nowNs();
        const { user, system } = process.cpuUsage(first);
        used = user + system;
        resolve();
      };
    });
    let latestNs = nowNs();
    const consumer = await startConsumer(side, {
      ...options,
      durable,
      from: 'first',
      onPosition() {
        if (count === 0) {
          firstNs = nowNs();
          first = process.cpuUsage();
        }
        if (lastNs !== 0) return;
        count++;
        if (count === msgs) over();
      },
    });
    let seen = 0;
    const timer = setInterval(() => {
      progress(count);
      const now = nowNs();
      if (count > seen) latestNs = now;
      seen = count;
      const dryMs = (now - latestNs) / 1e6;
      if (count === 0 ? dryMs > SILENCE_MAX_MS : dryMs > DRY_MS) over();
      if (signal.aborted || (count > 0 && now - firstNs > durationMs * 1e6)) over();
    }, PROGRESS_MS);
    await ended;
    clearInterval(timer);
    await consumer.close();
    // What came last ends the time, not the silence after it.
    const dry = lastNs - latestNs > DRY_MS * 1e6 ? lastNs - latestNs : 0;
    return { count, elapsedMs: count === 0 ? 0 : (lastNs - firstNs - dry) / 1e6, cpuUs: used };
  },
}));
