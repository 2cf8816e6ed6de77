/**
 * Runs tasks in the order given: each at once while none takes time, and one after the other as soon as one does. So what
 * is synchronous stays synchronous, and what is not cannot be overtaken.
 */
export class Turns {
  #last: Promise<unknown> | undefined;

  /** Whether a task that began earlier is not over. */
  get busy(): boolean {
    return this.#last !== undefined;
  }

  /** Runs the task in its turn. Its error is the caller's; the next task runs all the same. */
  take<T>(task: () => T | Promise<T>): T | Promise<T> {
    const result = this.#last === undefined ? task() : this.#last.then(task);
    if (!(result instanceof Promise)) return result;
    const ended = result.then(ignore, ignore).then(() => {
      if (this.#last === ended) this.#last = undefined;
    });
    this.#last = ended;
    return result;
  }
}

function ignore(): void {}
