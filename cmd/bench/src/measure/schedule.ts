/**
 * When each message should be sent: number after number at a fixed rate, whatever happens. A latency counts from this
 * time, so a sender that was held up makes the messages late instead of hiding them (no coordinated omission). Pure.
 */
export class Schedule {
  /** How many there are. */
  readonly total: number;
  readonly #startNs: number;
  readonly #stepNs: number;

  /** From `startNs` on, `rate` a second, for `durationMs`. */
  constructor(startNs: number, { rate, durationMs }: { rate: number; durationMs: number }) {
    this.#startNs = startNs;
    this.#stepNs = 1e9 / rate;
    this.total = Math.max(1, Math.round((rate * durationMs) / 1_000));
  }

  /** The intended time of message `n`, counted from 0. */
  at(n: number): number {
    return this.#startNs + n * this.#stepNs;
  }

  /** How many should have been sent by `nowNs`. */
  dueBy(nowNs: number): number {
    if (nowNs < this.#startNs) return 0;
    return Math.min(this.total, Math.floor((nowNs - this.#startNs) / this.#stepNs) + 1);
  }
}
