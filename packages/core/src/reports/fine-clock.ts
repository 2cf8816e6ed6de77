import { type Clock, realClock } from '../clock.ts';

/**
 * The wall clock in fractions of a millisecond, from a reading of the monotonic clock that was taken anyway. Once a second it is
 * held against the wall clock itself, which counts whole milliseconds: each look says between which two points the truth lies, and
 * moves it only when it lies outside. So it follows a clock that is set.
 */
export class FineClock {
  readonly #clock: Clock;
  /** The wall clock less the monotonic one. */
  #aheadMs = performance.timeOrigin;
  #nextLookMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock = realClock) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970 when the monotonic clock said `monotonicMs`, just now. */
  at(monotonicMs: number): number {
    if (monotonicMs >= this.#nextLookMs) this.#look();
    return monotonicMs + this.#aheadMs;
  }

  #look(): void {
    const beforeMs = this.#clock.monotonic();
    const wallMs = this.#clock.now();
    const afterMs = this.#clock.monotonic();
    const least = wallMs - afterMs;
    const most = wallMs + 1 - beforeMs;
    this.#aheadMs = Math.min(most, Math.max(least, this.#aheadMs));
    this.#nextLookMs = afterMs + LOOK_EVERY_MS;
  }
}

const LOOK_EVERY_MS = 1_000;
