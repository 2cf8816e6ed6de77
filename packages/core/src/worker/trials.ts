import type { Bus } from '../bus.ts';
import { trialSubject } from '../dead-letters/subjects.ts';
import type { Job } from './job.ts';
import type { WorkerSpec } from './worker-spec.ts';

/**
 * Last trials of messages that came back more often than their policy allows. A mark is stored before the handler runs, so
 * that a message that kills its process here is known when it comes back. A trial that ends without a result because the
 * worker was stopped leaves no mark: it was not the message's fault.
 */
export class Trials {
  readonly #spec: WorkerSpec;
  readonly #bus: Bus;
  readonly #open = new Set<Job>();

  constructor(spec: WorkerSpec, bus: Bus) {
    this.#spec = spec;
    this.#bus = bus;
  }

  /** Resolves true when this is the message's first last trial, and false when one was begun before and never ended. */
  async begin(job: Job): Promise<boolean> {
    const first = await this.#bus.claim(trialSubject(this.#spec, job));
    if (first) this.#open.add(job);
    return first;
  }

  /** The trial had a result. */
  end(job: Job): void {
    this.#open.delete(job);
  }

  /** The trial was not begun after all: its mark is taken back. */
  async withdraw(job: Job): Promise<void> {
    this.#open.delete(job);
    await this.#bus.unclaim(trialSubject(this.#spec, job)).catch(() => {});
  }

  /** Takes back the marks of trials that had no result. */
  async stop(): Promise<void> {
    await Promise.all([...this.#open].map((job) => this.withdraw(job)));
  }
}
