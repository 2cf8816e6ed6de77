/**
 * A look that many ask for and that costs something: taken once for all who ask at about the same time. Looking takes a fifth of
 * the time at most: one that took long is good for longer.
 */

/** Looks by what is looked at. */
export class SharedLooks<T> {
  readonly #look: (key: string) => Promise<T>;
  readonly #freshMs: number;
  readonly #now: () => number;
  readonly #looks = new Map<string, Look<T>>();

  /**
   * @param freshMs how long a look is good for at least, once it is taken
   * @param now a clock in milliseconds that only grows
   */
  constructor(
    look: (key: string) => Promise<T>,
    freshMs: number,
    now: () => number = () => performance.now(),
  ) {
    this.#look = look;
    this.#freshMs = freshMs;
    this.#now = now;
  }

  /** The look that is there and fresh, or a new one. One that failed is not kept. */
  at(key: string): Promise<T> {
    const known = this.#looks.get(key);
    if (known !== undefined && this.#now() < known.untilMs) return known.value;
    const beganMs = this.#now();
    const value = this.#look(key);
    const look: Look<T> = { untilMs: Number.POSITIVE_INFINITY, value };
    this.#looks.delete(key);
    this.#looks.set(key, look);
    value.then(
      () => {
        const takenMs = this.#now();
        look.untilMs = takenMs + Math.max(this.#freshMs, SPARED_TIMES * (takenMs - beganMs));
      },
      () => this.#forget(key, look),
    );
    const [oldest] = this.#looks.keys();
    if (this.#looks.size > KEPT_MAX && oldest !== undefined) this.#looks.delete(oldest);
    return value;
  }

  /** Something changed: the next one looks anew. */
  clear(): void {
    this.#looks.clear();
  }

  #forget(key: string, look: unknown): void {
    if (this.#looks.get(key) === look) this.#looks.delete(key);
  }
}

const KEPT_MAX = 32;
/** After a look there is none for so many times as long as it took. */
const SPARED_TIMES = 4;

interface Look<T> {
  /** How long it is good for; infinity while it is being taken. */
  untilMs: number;
  readonly value: Promise<T>;
}
