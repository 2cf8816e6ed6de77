import type { Clock } from '../clock.ts';

/** One timer for all that waits in a stream. */
export class ScheduleTimer {
  readonly #clock: Clock;
  readonly #stream: { readonly nextDueMs: number };
  readonly #fire: () => void;
  #dueMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, stream: { readonly nextDueMs: number }, fire: () => void) {
    this.#clock = clock;
    this.#stream = stream;
    this.#fire = fire;
  }

  /** Looks again at what is due next. An earlier timer is left to find that nothing is due yet. */
  set(): void {
    const dueMs = this.#stream.nextDueMs;
    if (dueMs >= this.#dueMs) return;
    this.#cancel?.();
    this.#dueMs = dueMs;
    this.#cancel = this.#clock.after(Math.max(0, dueMs - this.#clock.now()), () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.#fire();
      this.set();
    });
  }

  stop(): void {
    this.#cancel?.();
  }
}
