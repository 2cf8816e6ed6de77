/**
 * How many requests may be under way at once. The rest waits its turn, in order; a queue that is too long refuses at once, so that
 * many pages never become many waiting requests.
 */
import { Failure } from './failure.ts';

/** Limits of a {@link Gate}. */
export interface GateOptions {
  readonly running: number;
  readonly waiting: number;
}

/** Lets some run and some wait. */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @throws Failure with status 503 when too many wait already
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { running, waiting } = this.#options;
    if (this.#running >= running) {
      if (this.#waiting.length >= waiting)
        throw new Failure(503, 'BUSY', 'Too much is asked of the studio at once: try again.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
