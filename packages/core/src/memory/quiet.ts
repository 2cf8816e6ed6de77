import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { RunningWorker } from '../worker/runner.ts';

/** What can be watched of the bus. */
export interface Watched {
  /** Rises with every message that is stored, delivered or settled. */
  readonly moves: number;
  readonly isMoving: boolean;
  readonly isBusy: boolean;
}

/** Finds out when nothing happens any more. */
export class Quiet {
  readonly #bus: Watched;
  readonly #workers: () => readonly Pick<RunningWorker, 'held'>[];
  /** The state in which somebody has waited for a running handler in vain. */
  #givenUpAt = -1;

  constructor(bus: Watched, workers: () => readonly Pick<RunningWorker, 'held'>[]) {
    this.#bus = bus;
    this.#workers = workers;
  }

  /** Resolves when no running worker has anything to come, in hand, or waiting for its retry. */
  async untilDone(): Promise<void> {
    await this.#turnsWithoutMove();
    while (this.#bus.isBusy) await delay(1);
  }

  /**
   * Resolves when nothing can happen unless the clock moves: no handler runs and no message is about to be delivered.
   * With `graceMs` a handler that goes on that long while nothing else moves is not waited for, now or later.
   */
  async untilStill(graceMs = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#turnsWithoutMove();
    let moves = this.#bus.moves;
    let sinceMs = performance.now();
    while (this.#isRunning() || this.#bus.isMoving) {
      if (graceMs !== Number.POSITIVE_INFINITY && moves === this.#givenUpAt) return;
      await delay(1);
      await this.#turnsWithoutMove();
      if (this.#bus.moves !== moves) {
        moves = this.#bus.moves;
        sinceMs = performance.now();
      } else if (performance.now() - sinceMs > graceMs) {
        this.#givenUpAt = moves;
      }
    }
  }

  #isRunning(): boolean {
    return this.#workers().some((worker) => worker.held().running > 0);
  }

  /** A few turns of the event loop, so that what is under way in promises gets to where it shows. */
  async #turnsWithoutMove(): Promise<void> {
    let moves = -1;
    for (let still = 0; still < TURNS; still++) {
      await turn();
      if (this.#bus.moves !== moves || this.#bus.isMoving) {
        moves = this.#bus.moves;
        still = 0;
      }
    }
  }
}

const TURNS = 5;
