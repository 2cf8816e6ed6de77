/** Reads a clock that nobody sets once for all that happens between two microtasks, rather than for each message. */
export class TurnClock {
  #nowMs = 0;
  #isFresh = false;
  readonly #expire = (): void => {
    this.#isFresh = false;
  };

  now(): number {
    if (this.#isFresh) return this.#nowMs;
    this.#isFresh = true;
    queueMicrotask(this.#expire);
    this.#nowMs = performance.now();
    return this.#nowMs;
  }
}
