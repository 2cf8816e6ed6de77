/** Things that fall due, the earliest first; of equals, the one that was added first. */
export class DueHeap<T> {
  #entries: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the earliest falls due; `Infinity` when there is none. */
  get nextMs(): number {
    return this.#entries[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Adds a thing that falls due at `dueMs`. */
  push(dueMs: number, value: T): void {
    const entry = { dueMs, order: this.#added++, value };
    const entries = this.#entries;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, entries[parent] as Entry<T>)) break;
      entries[index] = entries[parent] as Entry<T>;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes the earliest out if it is due at `nowMs`. */
  popDue(nowMs: number): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = entries.pop() as Entry<T>;
    if (entries.length > 0) this.#sink(last);
    return first.value;
  }

  /** Keeps only the things that still count. */
  retain(counts: (value: T) => boolean): void {
    const kept = this.#entries.filter(({ value }) => counts(value));
    // A sorted array is a heap.
    this.#entries = kept.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= entries.length) break;
      const right = entries[child + 1];
      if (right !== undefined && isBefore(right, entries[child] as Entry<T>)) child++;
      if (!isBefore(entries[child] as Entry<T>, entry)) break;
      entries[index] = entries[child] as Entry<T>;
      index = child;
    }
    entries[index] = entry;
  }
}

interface Entry<T> {
  readonly dueMs: number;
  readonly order: number;
  readonly value: T;
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
