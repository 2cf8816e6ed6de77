/**
 * How often something may happen, by key: the generic cell rate algorithm, which is a token bucket that stores one number.
 *
 * After a pause `burst` may happen at once, then one each `perMs / count`; so no period of `perMs` sees more than
 * `count + burst - 1`. Only keys that used up something in the last `burst * perMs / count` are remembered.
 */
export class Rate {
  readonly #intervalMs: number;
  readonly #burst: number;
  /** When the allowance of a key is full again, in the order in which it was last used. */
  readonly #fullMs = new Map<string, number>();

  constructor({ count, perMs, burst }: { count: number; perMs: number; burst: number }) {
    this.#intervalMs = perMs / count;
    this.#burst = burst;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#fullMs.size;
  }

  /** How long until `cost` (at most the burst) may happen: 0 for at once. Takes nothing. */
  waitMs(key: string, cost: number, nowMs: number): number {
    const fullMs = this.#fullMs.get(key);
    if (fullMs === undefined) return 0;
    return Math.max(0, fullMs - nowMs - (this.#burst - cost) * this.#intervalMs);
  }

  /** Takes `cost`. */
  take(key: string, cost: number, nowMs: number): void {
    const fullMs = Math.max(this.#fullMs.get(key) ?? nowMs, nowMs) + cost * this.#intervalMs;
    this.#fullMs.delete(key);
    this.#fullMs.set(key, fullMs);
    this.#forget(nowMs);
  }

  /** A full allowance is like none at all. Two a call would keep pace with the one that the call may add. */
  #forget(nowMs: number): void {
    let left = FORGET_MAX;
    for (const [key, fullMs] of this.#fullMs) {
      if (left-- === 0 || fullMs > nowMs) return;
      this.#fullMs.delete(key);
    }
  }
}

const FORGET_MAX = 8;
