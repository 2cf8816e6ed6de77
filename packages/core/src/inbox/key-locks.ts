/**
 * Lets those who want the same keys go one after another, in this process. Nothing depends on it but speed: what others
 * have changed is found out when it is stored.
 */
export class KeyLocks {
  /** The end of the line for each key that somebody holds. */
  readonly #lines = new Map<string, Promise<void>>();

  /** Resolves, when all of these keys are free, to the function that frees them. */
  async hold(keys: Iterable<string>): Promise<() => void> {
    // All lines are joined at once, so that no two can wait for each other.
    const wanted = [...new Set(keys)];
    const before = wanted.flatMap((key) => this.#lines.get(key) ?? []);
    let free = () => {};
    const mine = new Promise<void>((resolve) => {
      free = resolve;
    });
    for (const key of wanted) this.#lines.set(key, mine);
    await Promise.all(before);
    return () => {
      for (const key of wanted) if (this.#lines.get(key) === mine) this.#lines.delete(key);
      free();
    };
  }

  /** Keys that somebody holds. */
  get size(): number {
    return this.#lines.size;
  }
}
