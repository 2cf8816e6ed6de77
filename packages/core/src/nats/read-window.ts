import { Queue } from '../queue.ts';

/**
 * Lets so many reads go at once, and the others in turn: a server that is asked more than it can answer in time would be
 * asked again, and answer even later.
 */
export class ReadWindow {
  readonly #max: number;
  readonly #waiting = new Queue<() => void>();
  #running = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async take<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#max)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await read();
    } finally {
      // The place passes on to whoever waits longest.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
