/** Jobs that run together: one, or a batch. */
export type Work<T> = readonly T[];

/**
 * Lets at most `concurrency` pieces of work run at once, in the order given; work that must run alone waits until
 * nothing else runs and goes before what still waits. The caller bounds how much waits.
 */
export class Gate<T> {
  readonly #concurrency: number;
  readonly #start: (work: Work<T>, alone: boolean) => void;
  #ready: Work<T>[] = [];
  #head = 0;
  #alone: Work<T>[] = [];
  #running = 0;
  #exclusive = false;
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
    this.#ready = [];
    this.#head = 0;
    this.#alone = [];
  }

  #pump(): void {
    while (this.#open && !this.#exclusive) {
      if (this.#alone.length > 0) {
        if (this.#running > 0) return;
        this.#exclusive = true;
        this.#running = 1;
        this.#start(this.#alone.shift() as Work<T>, true);
      } else {
        if (this.#head === this.#ready.length || this.#running >= this.#concurrency) return;
        this.#running++;
        this.#start(this.#next(), false);
      }
    }
  }

  /** Takes from the front without moving the rest, which would cost the length of the queue each time. */
  #next(): Work<T> {
    const work = this.#ready[this.#head++] as Work<T>;
    if (this.#head === this.#ready.length) {
      this.#ready = [];
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#head);
      this.#head = 0;
    }
    return work;
  }
}
