import type { Clock } from '../clock.ts';
import { DueHeap } from './due-heap.ts';

/** A clock that stands still until a test moves it. Starts at the machine's time. */
export class ManualClock implements Clock {
  #nowMs = Date.now();
  readonly #tasks = new DueHeap<Task>();
  #cancelled = 0;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const task: Task = { run };
    this.#tasks.push(this.#nowMs + Math.max(0, delayMs), task);
    return () => this.#cancel(task);
  }

  /**
   * Moves on to the next moment at which something falls due, up to `limitMs`, and runs all that is due then, in
   * order. False when nothing was left: the clock then stands at `limitMs`.
   */
  step(limitMs: number): boolean {
    const dueMs = this.#tasks.nextMs;
    if (dueMs > limitMs) {
      this.#nowMs = Math.max(this.#nowMs, limitMs);
      return false;
    }
    this.#nowMs = Math.max(this.#nowMs, dueMs);
    for (let task = this.#tasks.popDue(dueMs); task; task = this.#tasks.popDue(dueMs)) {
      const { run } = task;
      task.run = undefined;
      if (run === undefined) this.#cancelled--;
      else run();
    }
    return true;
  }

  #cancel(task: Task): void {
    if (task.run === undefined) return;
    task.run = undefined;
    this.#cancelled++;
    if (this.#cancelled <= CANCELLED_MAX || this.#cancelled * 2 < this.#tasks.size) return;
    this.#tasks.retain(({ run }) => run !== undefined);
    this.#cancelled = 0;
  }
}

interface Task {
  /** Undefined once it ran or was cancelled. */
  run: (() => void) | undefined;
}

/** Cancelled tasks that may lie around before they are swept out. */
const CANCELLED_MAX = 1_000;
