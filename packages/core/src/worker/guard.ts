/**
 * What keeps a worker and what its handlers depend on from overload: rate limits, a circuit breaker and a limit on calls at
 * once that follows how long they take. A worker with none of them has no guard, and pays nothing.
 */
import { isJetlaneError, JetlaneError, type Message } from '@jetlane/contracts';
import type { Clock } from '../clock.ts';
import { diagnostics } from '../diagnostics.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Breaker, type BreakerState, type CallResult } from './breaker.ts';
import type { Outcome } from './decide.ts';
import type { Door, Gate, Work } from './gate.ts';
import type { Job } from './job.ts';
import type { PolicyFaults } from './policy-faults.ts';
import type { RateLimitSpec } from './rate-limit.ts';
import { Rejected } from './signals.ts';
import { Throttle } from './throttle.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** A call of a handler that the guard let through. */
export interface GuardedCall {
  readonly beganMs: number;
  readonly era: number;
}

/** What a guard acts on. */
export interface Guarded {
  readonly clock: Clock;
  readonly faults: PolicyFaults;
  gate(): Gate<Job>;
  /** Lets `places` be filled with messages again. */
  free(places: number): void;
}

/** The guard of a worker; undefined where its spec asks for none. */
export function guardOf(spec: WorkerSpec, guarded: Guarded): Guard | undefined {
  const { breaker, rateLimits, adaptive } = spec;
  if (breaker === undefined && adaptive === undefined && rateLimits.length === 0) return undefined;
  return new Guard(spec, guarded);
}

/** See the head of this file. */
export class Guard implements Door<Job> {
  readonly #spec: WorkerSpec;
  readonly #guarded: Guarded;
  readonly #breaker: Breaker | undefined;
  readonly #throttle: Throttle<Job> | undefined;
  readonly #adaptive: AdaptiveLimit | undefined;
  /** Places that are not to be filled while the breaker is open. */
  #withheld = 0;
  #lastFailure: unknown;
  #told: BreakerState = 'closed';
  #warned = false;

  constructor(spec: WorkerSpec, guarded: Guarded) {
    const { breaker, rateLimits, adaptive } = spec;
    const { clock } = guarded;
    this.#spec = spec;
    this.#guarded = guarded;
    if (breaker !== undefined)
      this.#breaker = new Breaker(breaker, clock, (state) => this.#changed(state));
    if (adaptive !== undefined) this.#adaptive = new AdaptiveLimit(adaptive);
    if (rateLimits.length > 0)
      this.#throttle = new Throttle({
        limits: rateLimits,
        clock,
        keyOf: ([job], limit) => this.#keyOf(job as Job, limit),
        again: (work, alone) => this.#guarded.gate().again(work, alone),
      });
  }

  /** Calls that may run at once when the worker begins. */
  get concurrency(): number {
    return this.#adaptive?.limit ?? this.#spec.concurrency;
  }

  get isOpen(): boolean {
    return this.#breaker?.letsThrough ?? true;
  }

  /** Undefined where there is no breaker. */
  get breaker(): BreakerState | undefined {
    return this.#breaker?.state;
  }

  /** Jobs that wait for a rate limit. */
  get throttled(): number {
    return this.#throttle?.waiting ?? 0;
  }

  admit(work: Work<Job>, alone: boolean): boolean {
    return this.#throttle?.admit(work, alone) ?? true;
  }

  /** A call begins. */
  begin(): GuardedCall {
    return { beganMs: this.#guarded.clock.monotonic(), era: this.#breaker?.begin() ?? 0 };
  }

  /** A call has ended, while it still has its place at the gate; without an outcome where the handler was not called. */
  end(call: GuardedCall | undefined, outcome: Outcome | undefined): void {
    if (call === undefined) return;
    const { beganMs, era } = call;
    if (this.#adaptive !== undefined && outcome !== undefined)
      this.#adapt(this.#adaptive, beganMs, outcome);
    if (this.#breaker === undefined) return;
    if (outcome?.kind === 'failed') this.#lastFailure = outcome.error;
    this.#breaker.end(era, this.#resultOf(outcome));
  }

  /** Places became free. True when the guard keeps them for later. */
  withhold(places: number): boolean {
    if (this.#breaker?.state !== 'open') return false;
    this.#withheld += places;
    return true;
  }

  /** Lets nothing wait for a rate limit any more: gives what does, and hands what would to `refused`. */
  close(refused: (job: Job) => void): Job[] {
    return this.#throttle?.close((work) => work.forEach(refused)).flat() ?? [];
  }

  stop(): void {
    this.#breaker?.stop();
  }

  #adapt(adaptive: AdaptiveLimit, beganMs: number, { kind }: Outcome): void {
    const gate = this.#guarded.gate();
    const endedMs = this.#guarded.clock.monotonic();
    adaptive.note({ beganMs, endedMs, running: gate.running, failed: kind !== 'done' });
    if (adaptive.limit !== gate.concurrency) gate.concurrency = adaptive.limit;
  }

  #changed(state: BreakerState): void {
    if (state !== this.#told) this.#announce(state);
    this.#told = state;
    if (state === 'open') return;
    const gate = this.#guarded.gate();
    gate.wake();
    // A trial needs a message. Where none waits, all places are asked for: the server gives none for single ones.
    if (this.#breaker?.state === 'closed' || (this.isOpen && gate.waiting === 0)) {
      const places = this.#withheld;
      this.#withheld = 0;
      if (places > 0) this.#guarded.free(places);
    }
  }

  #resultOf(outcome: Outcome | undefined): CallResult {
    if (outcome?.kind === 'done') return 'success';
    if (outcome?.kind !== 'failed') return 'neither';
    const { error } = outcome;
    // What the handler says of the message, or a message that was lost, tells nothing of what the handler depends on.
    if (error instanceof Rejected || isJetlaneError(error, 'FENCED')) return 'neither';
    return this.#counts(error) ? 'failure' : 'neither';
  }

  #counts(error: unknown): boolean {
    try {
      const said: unknown = this.#spec.breaker?.when(error);
      if (typeof said === 'boolean') return said;
      this.#guarded.faults.report('breaker.when', notBoolean(said));
    } catch (thrown) {
      this.#guarded.faults.report('breaker.when', thrown);
    }
    return true;
  }

  #keyOf({ message }: Job, { keyOf }: RateLimitSpec): string {
    if (keyOf === undefined) return '';
    try {
      const key: unknown = keyOf(message as Message);
      if (typeof key === 'string') return key;
      this.#guarded.faults.report('rateLimit.key', notText(key));
    } catch (error) {
      this.#guarded.faults.report('rateLimit.key', error);
    }
    return '';
  }

  #announce(state: BreakerState): void {
    const { name, stream } = this.#spec;
    const error = state === 'open' ? { error: this.#lastFailure } : undefined;
    if (diagnostics.breaker.hasSubscribers)
      diagnostics.breaker.publish({ worker: name, stream: stream.name, state, ...error });
    else if (state === 'open' && !this.#warned) {
      this.#warned = true;
      const { failures, openForMs } = this.#spec.breaker as NonNullable<WorkerSpec['breaker']>;
      process.emitWarning(
        `worker '${name}' pauses for ${openForMs} ms at a time: ${failures} failed calls in a row; listen to diagnostics.breaker`,
        { code: 'JETLANE_BREAKER_OPEN' },
      );
    }
  }
}

function notBoolean(given: unknown): JetlaneError {
  return new JetlaneError('CONFIG_INVALID', `it must give true or false, not ${typeof given}`);
}

function notText(given: unknown): JetlaneError {
  return new JetlaneError('CONFIG_INVALID', `it must give a text, not ${typeof given}`);
}
