import type { Clock } from '../clock.ts';
import { type Decision, decide, type Outcome } from './decide.ts';
import type { Job } from './job.ts';
import { PolicyFaults } from './policy-faults.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** Brings to a decision what it needs to know of the world, and tells what was wrong with the policy. */
export class Judge {
  readonly #spec: WorkerSpec;
  readonly #clock: Clock;
  readonly #dice: () => number;
  /** Told of whatever is wrong with the functions among the worker's options. */
  readonly faults: PolicyFaults;

  constructor(spec: WorkerSpec, clock: Clock, dice: () => number) {
    this.#spec = spec;
    this.#clock = clock;
    this.#dice = dice;
    this.faults = new PolicyFaults(spec);
  }

  /** What follows an attempt that ended so. */
  decide(job: Job, outcome: Outcome): Decision {
    const tried = { attempt: job.attempt, ageMs: this.#ageMs(job), dice: this.#dice() };
    const decision = decide(outcome, tried, this.#spec.retry);
    if ('faults' in decision)
      for (const { option, error } of decision.faults ?? []) this.faults.report(option, error);
    return decision;
  }

  /** Whether no attempt may begin any more. */
  isOverdue(job: Job): boolean {
    return this.#ageMs(job) > this.#spec.retry.withinMs;
  }

  /** Who sets no limit in time pays for no look at the clock. */
  #ageMs(job: Job): number {
    const { withinMs } = this.#spec.retry;
    return withinMs === Number.POSITIVE_INFINITY ? 0 : this.#clock.now() - job.queuedMs;
  }
}
