/** A look that many ask for and that costs something: taken once for all who ask at about the same time. */

/** Looks by what is looked at. */
export class SharedLooks<T> {
  readonly #look: (key: string) => Promise<T>;
  readonly #freshMs: number;
  readonly #looks = new Map<string, Look<T>>();

  /** @param freshMs how long a look is good for once it is taken */
  constructor(look: (key: string) => Promise<T>, freshMs: number) {
    this.#look = look;
    this.#freshMs = freshMs;
  }

  /** The look that is there and fresh, or a new one. One that failed is not kept. */
  at(key: string): Promise<T> {
    const known = this.#looks.get(key);
    if (known !== undefined && performance.now() - known.takenMs < this.#freshMs)
      return known.value;
    const value = this.#look(key);
    const look: Look<T> = { takenMs: Number.POSITIVE_INFINITY, value };
    this.#looks.delete(key);
    this.#looks.set(key, look);
    value.then(
      () => {
        look.takenMs = performance.now();
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

interface Look<T> {
  /** Infinity while it is being taken. */
  takenMs: number;
  readonly value: Promise<T>;
}
