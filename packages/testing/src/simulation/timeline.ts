/**
 * The time of a simulated run. Nothing happens but what was put here; between two happenings everything that they set off
 * in promises comes to rest, so that the same happenings give the same run.
 */
import { type Clock, DueHeap } from '@jetlane/core/internals';

/** Whoever something happens to: a process that may be blocked for a while, or dead. */
export interface Actor {
  readonly dead: boolean;
  /** Nothing happens to it before; 0 when it is not blocked. */
  readonly blockedUntilMs: number;
}

/** Virtual time starts here: 2026-01-01. */
export const EPOCH_MS = 1_767_225_600_000;
/** A run that does more than this is going round in circles. */
const HAPPENINGS_MAX = 200_000;

/** See the head of this file. */
export class Timeline {
  readonly #heap = new DueHeap<Happening>();
  #nowMs = 0;
  #count = 0;

  /** Milliseconds since the run began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How much happened so far. */
  get count(): number {
    return this.#count;
  }

  /** Lets something happen; the result cancels it. */
  after(delayMs: number, run: () => void, actor?: Actor): () => void {
    const happening: Happening = { run, actor };
    this.#heap.push(this.#nowMs + Math.max(0, delayMs), happening);
    return () => {
      happening.run = undefined;
    };
  }

  /** The clock on the wall of a process. */
  clockOf(actor: Actor): Clock {
    return {
      now: () => EPOCH_MS + this.#nowMs,
      monotonic: () => this.#nowMs,
      after: (delayMs, task) => this.after(delayMs, task, actor),
    };
  }

  /** Goes on until `done`, and no further than `untilMs`. Resolves to whether it is done. */
  async run(untilMs: number, done: () => boolean): Promise<boolean> {
    await settled();
    while (!done()) {
      const dueMs = this.#heap.nextMs;
      if (dueMs > untilMs) {
        this.#nowMs = untilMs;
        return false;
      }
      this.#nowMs = dueMs;
      const happening = this.#heap.popDue(dueMs) as Happening;
      const { run, actor } = happening;
      if (run === undefined || actor?.dead === true) continue;
      if (actor !== undefined && actor.blockedUntilMs > dueMs) {
        this.#heap.push(actor.blockedUntilMs, happening);
        continue;
      }
      if (++this.#count > HAPPENINGS_MAX)
        throw new Error(`the run goes round in circles: ${HAPPENINGS_MAX} happenings`);
      happening.run = undefined;
      run();
      await settled();
    }
    return true;
  }
}

interface Happening {
  run: (() => void) | undefined;
  readonly actor: Actor | undefined;
}

/** Resolves when every promise that can go on has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
