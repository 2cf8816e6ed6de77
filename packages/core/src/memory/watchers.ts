/** Whoever follows keyed changes in this process: each gets what was there, then what is told, and waits for more. */
export class Watchers<T extends { readonly key: string }> {
  readonly #watchers = new Set<Watcher<T>>();

  get size(): number {
    return this.#watchers.size;
  }

  add(now: readonly T[], wanted: (value: T) => boolean): AsyncIterableIterator<T> {
    const watcher = new Watcher(wanted, () => this.#watchers.delete(watcher));
    for (const value of now) watcher.push(value);
    this.#watchers.add(watcher);
    return watcher;
  }

  tell(value: T): void {
    for (const watcher of this.#watchers) watcher.push(value);
  }

  end(): void {
    for (const watcher of [...this.#watchers]) void watcher.return();
  }
}

class Watcher<T extends { readonly key: string }> implements AsyncIterableIterator<T> {
  /** The last change of each key that was not read yet: never more than there are keys. */
  readonly #unread = new Map<string, T>();
  readonly #wanted: (value: T) => boolean;
  readonly #leave: () => void;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(wanted: (value: T) => boolean, leave: () => void) {
    this.#wanted = wanted;
    this.#leave = leave;
  }

  push(value: T): void {
    if (!this.#wanted(value)) return;
    this.#unread.delete(value.key);
    this.#unread.set(value.key, value);
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<T>> {
    while (!this.#ended) {
      for (const [key, value] of this.#unread) {
        this.#unread.delete(key);
        return { done: false, value };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#ended = true;
    this.#leave();
    this.#wake?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
