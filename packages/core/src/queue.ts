/**
 * First in, first out. `shift` moves a head index instead of the rest of the array, which would cost the length of the
 * queue each time; what lies before the head is cut off once it is most of the array, so memory follows the length.
 * It has no limit of its own: whoever pushes has one.
 */
export class Queue<T> {
  #items: T[] = [];
  #head = 0;

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Adds at the end. */
  push(item: T): void {
    this.#items.push(item);
  }

  /** The first, which stays; undefined when there is none. */
  peek(): T | undefined {
    return this.#items[this.#head];
  }

  /** Takes the first out; undefined when there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined as T;
    if (this.length === 0) this.clear();
    else if (this.#head >= CUT_MIN && this.#head * 2 >= this.#items.length) this.#cut();
    return item;
  }

  /** Forgets all. */
  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  #cut(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}

const CUT_MIN = 1_024;
