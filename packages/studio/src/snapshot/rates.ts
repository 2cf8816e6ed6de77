/** Rates between two looks at counters. */

/** Remembers counters by name from one look to the next. */
export class Rates {
  #before: ReadonlyMap<string, number> = new Map();
  #beforeMs = 0;
  #now = new Map<string, number>();
  #nowMs = 0;

  /** A new look begins. What was not looked at in the last one is forgotten. */
  begin(nowMs: number): void {
    this.#before = this.#now;
    this.#beforeMs = this.#nowMs;
    this.#now = new Map();
    this.#nowMs = nowMs;
  }

  /**
   * How much a counter grew a second since the last look. Null where that was none, or too long ago, or the counter was set
   * back: what it counts was made anew.
   */
  perSec(name: string, counter: number): number | null {
    this.#now.set(name, counter);
    const before = this.#before.get(name);
    const elapsedMs = this.#nowMs - this.#beforeMs;
    if (before === undefined || counter < before || elapsedMs <= 0 || elapsedMs > STALE_MS)
      return null;
    return ((counter - before) * 1000) / elapsedMs;
  }
}

/** A mean over longer than that says nothing about now. */
const STALE_MS = 30_000;

/** The sum of those that are known; null where none is. */
export function sumRates(rates: readonly (number | null)[]): number | null {
  const known = rates.filter((rate) => rate !== null);
  return known.length === 0 ? null : known.reduce((sum, rate) => sum + rate, 0);
}
