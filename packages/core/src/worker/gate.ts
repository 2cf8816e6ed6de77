import { Queue } from '../queue.ts';

/** Jobs that run together: one, or a batch. */
export type Work<T> = readonly T[];

/**
 * Lets at most `concurrency` pieces of work run at once, in the order given; work that must run alone waits until
 * nothing else runs and goes before what still waits. The caller bounds how much waits.
 */
export class Gate<T> {
  readonly #concurrency: number;
  readonly #start: (work: Work<T>, alone: boolean) => void;
  readonly #ready = new Queue<Work<T>>();
  readonly #alone = new Queue<Work<T>>();
  #running = 0;
  #exclusive = false;
  #pumping = false;
  #open = true;

  constructor(concurrency: number, start: (work: Work<T>, alone: boolean) => void) {
    this.#concurrency = concurrency;
    this.#start = start;
  }

  get running(): number {
    return this.#running;
  }

  /** Runs the work as soon as there is room. */
  enter(work: Work<T>): void {
    this.#ready.push(work);
    this.#pump();
  }

  /** Runs the work with nothing else running. */
  enterAlone(work: Work<T>): void {
    this.#alone.push(work);
    this.#pump();
  }

  /** One piece of work has ended. */
  leave(): void {
    this.#running--;
    this.#exclusive = false;
    this.#pump();
  }

  /** Starts nothing from now on, and forgets what waits. */
  shut(): void {
    this.#open = false;
    this.#ready.clear();
    this.#alone.clear();
  }

  /** Work that ends while it is started comes back here: the loop that started it goes on, so that nothing nests. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#open && this.#startNext());
    } finally {
      this.#pumping = false;
    }
  }

  #startNext(): boolean {
    if (this.#exclusive) return false;
    if (this.#alone.length > 0) {
      if (this.#running > 0) return false;
      this.#exclusive = true;
      this.#running = 1;
      this.#start(this.#alone.shift() as Work<T>, true);
      return true;
    }
    if (this.#ready.length === 0 || this.#running >= this.#concurrency) return false;
    this.#running++;
    this.#start(this.#ready.shift() as Work<T>, false);
    return true;
  }
}
