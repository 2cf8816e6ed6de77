import { Queue } from '../queue.ts';

/** Jobs that run together: one, or a batch. */
export type Work<T> = readonly T[];

/** Who else has a say in what may begin. */
export interface Door<T> {
  /** Whether anything may begin now. Whoever changes it calls `Gate.wake`. */
  readonly isOpen: boolean;
  /** Whether this work may begin now. If not, the door keeps it and brings it back by `Gate.again`. */
  admit(work: Work<T>, alone: boolean): boolean;
}

/**
 * Lets at most `concurrency` pieces of work run at once, in the order given; work that must run alone waits until
 * nothing else runs and goes before what still waits. The caller bounds how much waits, and may put up a door.
 */
export class Gate<T> {
  #concurrency: number;
  readonly #start: (work: Work<T>, alone: boolean) => void;
  readonly #door: Door<T> | undefined;
  /** What the door had kept. */
  readonly #again = new Queue<Work<T>>();
  readonly #ready = new Queue<Work<T>>();
  readonly #alone = new Queue<Work<T>>();
  #running = 0;
  #exclusive = false;
  #pumping = false;
  #open = true;

  constructor(concurrency: number, start: (work: Work<T>, alone: boolean) => void, door?: Door<T>) {
    this.#concurrency = concurrency;
    this.#start = start;
    this.#door = door;
  }

  /** How much may run at once. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Takes another limit; what runs goes on. */
  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
    this.#pump();
  }

  /** How much waits for its place here. */
  get waiting(): number {
    return this.#ready.length + this.#again.length + this.#alone.length;
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

  /** Runs the work as soon as there is room, before what came by `enter`. */
  again(work: Work<T>, alone: boolean): void {
    (alone ? this.#alone : this.#again).push(work);
    this.#pump();
  }

  /** The door has opened. */
  wake(): void {
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
    this.#again.clear();
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
    if (this.#exclusive || this.#door?.isOpen === false) return false;
    if (this.#alone.length > 0) {
      if (this.#running > 0) return false;
      this.#take(this.#alone.shift() as Work<T>, true);
      return true;
    }
    if (this.#running >= this.#concurrency) return false;
    const work = this.#again.shift() ?? this.#ready.shift();
    if (work === undefined) return false;
    this.#take(work, false);
    return true;
  }

  #take(work: Work<T>, alone: boolean): void {
    if (this.#door !== undefined && !this.#door.admit(work, alone)) return;
    this.#exclusive = alone;
    this.#running++;
    this.#start(work, alone);
  }
}
