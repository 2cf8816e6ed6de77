import type { Clock } from '../clock.ts';
import { FineClock } from './fine-clock.ts';
import { Histogram } from './histogram.ts';

/** What a tally needs of a message that is settled. */
export interface Settleable {
  /** When it was delivered, by the monotonic clock. */
  readonly arrivedMs: number;
  /** When its stream stored it, in milliseconds since 1970, by the server's clock. */
  readonly storedMs: number;
}

/**
 * What one worker did in this process since it started, for whoever asks. On the hot path: a message costs the digits of its time and two
 * records, and a look at the clock where its handler was asynchronous; 20 KiB a worker, and nothing that grows.
 */
export class WorkerTally {
  /** From stored to settled: by two clocks, so it includes what they differ. Never below zero. */
  readonly latency = new Histogram();
  /** From delivered to settled: by one clock. */
  readonly handling = new Histogram();
  /** When the worker started, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** Attempts that failed and were followed by another. */
  retried = 0;
  /** Messages that were given up on. */
  buried = 0;
  readonly #clock: Clock;
  readonly #wall: FineClock;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wall = new FineClock(clock);
    this.sinceMs = clock.now();
  }

  /** Messages that were acknowledged. */
  get settled(): number {
    return this.handling.count;
  }

  /** A message was acknowledged, now; `nowMs` by the monotonic clock, where somebody has looked just now. */
  settle({ arrivedMs, storedMs }: Settleable, nowMs = this.#clock.monotonic()): void {
    this.handling.record(nowMs - arrivedMs);
    this.latency.record(this.#wall.at(nowMs) - storedMs);
  }
}
