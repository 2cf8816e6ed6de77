import { type Duration, durationProblem, toMs, unknownOptions } from '@jetlane/contracts';
import type { Clock } from '../clock.ts';
import { shown } from '../printed.ts';

/** When a worker stops calling its handlers, because what they depend on is down. */
export interface BreakerOptions {
  /** Failed calls in a row, of any handler of the worker, that open it. */
  readonly failures: number;
  /** How long nothing is called. Then one call goes through: it decides whether all go on or all wait as long again. */
  readonly openFor: Duration;
  /** Whether an error counts: one that says nothing about what handlers depend on should not. Default: all do. */
  readonly when?: (error: unknown) => boolean;
}

/** {@link BreakerOptions} with their defaults filled in. */
export interface BreakerSpec {
  readonly failures: number;
  readonly openForMs: number;
  readonly when: (error: unknown) => boolean;
}

/** `closed`: calls go through. `open`: none does. `half-open`: one does, as a trial. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** How a call went, as far as it tells about what the handler depends on. */
export type CallResult = 'success' | 'failure' | 'neither';

/** What options that {@link breakerProblems} found nothing wrong with come to. */
export function toBreakerSpec(options: BreakerOptions | undefined): BreakerSpec | undefined {
  if (options === undefined) return undefined;
  const { failures, openFor, when = () => true } = options;
  return { failures, openForMs: toMs(openFor), when };
}

/** All that is wrong with `breaker`, in words. */
export function breakerProblems(options: BreakerOptions | undefined): string[] {
  if (options === undefined) return [];
  if (typeof options !== 'object' || options === null)
    return ["'breaker' must be an object such as { failures: 5, openFor: '10s' }"];
  const { failures, openFor, when } = options;
  const problems = unknownOptions(options, OPTIONS, 'breaker.');
  if (!Number.isInteger(failures) || failures < 1)
    problems.push(`'breaker.failures' must be a whole number from 1, not ${shown(failures)}`);
  const wrong = durationProblem(openFor, 'breaker.openFor');
  if (wrong !== undefined) problems.push(wrong);
  if (when !== undefined && typeof when !== 'function')
    problems.push("'breaker.when' must be a function");
  return problems;
}

const OPTIONS = [
  'failures',
  'openFor',
  'when',
] as const satisfies readonly (keyof BreakerOptions)[];

/** Counts how calls end. A call that began before the state changed last has no say any more. */
export class Breaker {
  readonly #spec: Pick<BreakerSpec, 'failures' | 'openForMs'>;
  readonly #clock: Clock;
  readonly #changed: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  /** Rises with every change of state. */
  #era = 0;
  #isTrying = false;
  #cancel: (() => void) | undefined;

  /** @param changed is called after every change, and when a trial told nothing, so that another may begin */
  constructor(
    spec: Pick<BreakerSpec, 'failures' | 'openForMs'>,
    clock: Clock,
    changed: (state: BreakerState) => void,
  ) {
    this.#spec = spec;
    this.#clock = clock;
    this.#changed = changed;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether a call may begin now. */
  get letsThrough(): boolean {
    return this.#state === 'closed' || (this.#state === 'half-open' && !this.#isTrying);
  }

  /** A call begins. What it gives belongs to its end. */
  begin(): number {
    this.#isTrying = this.#state === 'half-open';
    return this.#era;
  }

  /** A call that `begin` gave `era` for has ended. */
  end(era: number, result: CallResult): void {
    if (era !== this.#era) return;
    if (result === 'failure') this.#failed();
    else if (this.#state === 'half-open') this.#tried(result);
    else if (result === 'success') this.#failures = 0;
  }

  stop(): void {
    this.#cancel?.();
  }

  #failed(): void {
    if (this.#state === 'closed' && ++this.#failures < this.#spec.failures) return;
    this.#become('open');
    this.#cancel = this.#clock.after(this.#spec.openForMs, () => this.#become('half-open'));
  }

  #tried(result: CallResult): void {
    this.#isTrying = false;
    if (result === 'success') this.#become('closed');
    else this.#changed(this.#state);
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#era++;
    this.#failures = 0;
    this.#isTrying = false;
    this.#changed(state);
  }
}
