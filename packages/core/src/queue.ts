/**
 * First in, first out, in a ring: what is pushed and shifted allocates nothing while the ring is large enough. It doubles when it is
 * full, and is given up when it is empty and had grown, so that memory follows the length. It has no limit of its own:
 * whoever pushes has one.
 */
export class Queue<T> {
  #ring: (T | undefined)[] = [];
  /** One less than the size of the ring, which is a power of two. */
  #mask = -1;
  #head = 0;
  #length = 0;

  /** How many wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds at the end. */
  push(item: T): void {
    if (this.#length > this.#mask) this.#grow();
    this.#ring[(this.#head + this.#length++) & this.#mask] = item;
  }

  /** The first, which stays; undefined when there is none. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** Takes the first out; undefined when there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    if (--this.#length === 0 && this.#mask >= KEPT_MAX) this.clear();
    return item;
  }

  /** Forgets all. */
  clear(): void {
    this.#ring = [];
    this.#mask = -1;
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const size = Math.max(SIZE_MIN, this.#ring.length * 2);
    const ring = new Array<T | undefined>(size);
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = size - 1;
    this.#head = 0;
  }
}

const SIZE_MIN = 16;
/** A ring of this size or less is kept when it is empty. */
const KEPT_MAX = 1_024;
