/**
 * The part of a worker between the gate and the outcome: what the gate lets through is looked at once more, handed to its
 * handler, and each message of it is told how that ended.
 *
 * On the hot path: a call costs this object, a list of its messages and the context of the handler; no closure, and no
 * promise where the handler makes none.
 */
import type { Message } from '@jetlane/contracts';
import type { Attempts, Caller } from './attempts.ts';
import type { Outcome } from './decide.ts';
import { isFenced } from './engine-errors.ts';
import type { Gate } from './gate.ts';
import type { Guard, GuardedCall } from './guard.ts';
import type { HandlerSpec } from './handler.ts';
import type { Job } from './job.ts';
import type { Judge } from './judge.ts';
import type { Settlement } from './settlement.ts';
import type { Trials } from './trials.ts';
import type { WorkerSpec } from './worker-spec.ts';

/** What calls act on. */
export interface CallParts {
  readonly gate: Gate<Job>;
  readonly guard: Guard | undefined;
  readonly attempts: Attempts;
  readonly trials: Trials;
  readonly judge: Judge;
  readonly settlement: Settlement;
  /** By the monotonic clock. */
  nowMs(): number;
  /** An attempt has ended, or none may begin. */
  conclude(job: Job, outcome: Outcome): void;
  /** It could not be tried, for no fault of its own: to be tried later. */
  putOff(job: Job, error: unknown): void;
}

/** See the head of this file. */
export class Calls {
  readonly #spec: WorkerSpec;
  readonly #parts: CallParts;

  constructor(spec: WorkerSpec, parts: CallParts) {
    this.#spec = spec;
    this.#parts = parts;
  }

  /** Takes what the gate lets through; its place is free again when the call has ended. */
  begin(work: readonly Job[], alone: boolean): void {
    const { gate, guard } = this.#parts;
    const live = this.#live(work);
    const first = live[0];
    if (first === undefined) return gate.leave();
    for (let i = 0; i < live.length; i++) (live[i] as Job).state = 'running';
    const call = guard?.begin();
    if (alone) this.#lastTrial(first, call);
    else this.#call(live, call);
  }

  /** What of this may still begin; the same list where all of it may, as nearly always. */
  #live(work: readonly Job[]): readonly Job[] {
    let begun = 0;
    while (begun < work.length && this.#mayBegin(work[begun] as Job)) begun++;
    if (begun === work.length) return work;
    const rest = work.slice(begun + 1).filter((job) => this.#mayBegin(job));
    return [...work.slice(0, begun), ...rest];
  }

  #mayBegin(job: Job): boolean {
    return job.state === 'waiting' && !this.#strayed(job) && !this.#overdue(job);
  }

  /** A partition may have another owner by now, who handles what is behind this message, too: so this one must not. */
  #strayed(job: Job): boolean {
    if (this.#spec.partitions === undefined) return false;
    if (!this.isLost(job)) return false;
    this.#parts.settlement.giveBack(job);
    return true;
  }

  /** Gives up on a message whose turn comes after the time that its policy gives it. */
  #overdue(job: Job): boolean {
    if (!this.#parts.judge.isOverdue(job)) return false;
    this.#parts.conclude(job, { kind: 'overdue' });
    return true;
  }

  #lastTrial(job: Job, call: GuardedCall | undefined): void {
    const { gate, guard, trials } = this.#parts;
    trials.begin(job).then(
      (first) => {
        // The mark may have taken its time.
        if (first && job.state === 'running' && !this.#strayed(job)) return this.#call([job], call);
        guard?.end(call, undefined);
        gate.leave();
        if (first) void trials.withdraw(job);
        else this.#parts.conclude(job, { kind: 'exhausted' });
      },
      (error: unknown) => {
        guard?.end(call, undefined);
        gate.leave();
        if (job.state !== 'settled') this.#parts.putOff(job, error);
      },
    );
  }

  #call(work: readonly Job[], call: GuardedCall | undefined): void {
    const { handler } = work[0] as Job;
    this.#parts.attempts.begin(
      handler as HandlerSpec,
      messagesOf(work),
      new Call(this, work, call),
    );
  }

  /** A call is over. */
  ended(work: readonly Job[], call: GuardedCall | undefined, outcome: Outcome): void {
    const parts = this.#parts;
    if (call !== undefined) parts.guard?.end(call, outcome);
    const together =
      work.length === 1 || outcome.kind === 'done' || this.#spec.ackPolicy === 'none';
    const fenced = isFenced(outcome);
    for (let i = 0; i < work.length; i++) {
      const job = work[i] as Job;
      if (fenced && this.isLost(job)) this.#letGo(job);
      else if (together) parts.conclude(job, outcome);
      else this.#runSingly(job);
    }
    parts.gate.leave();
  }

  /** Whether another process may have this message by now. */
  isLost(job: Job): boolean {
    return job.lost(this.#parts.nowMs());
  }

  /** Its late result was refused, and whatever is said of it here could disturb whoever has it now. */
  #letGo(job: Job): void {
    this.#parts.trials.end(job);
    this.#parts.settlement.letGo(job);
  }

  /** Its batch failed. Each message of it runs by itself, so that only the bad one fails. */
  #runSingly(job: Job): void {
    if (job.state === 'settled') return;
    job.state = 'waiting';
    job.single = true;
    this.#parts.gate.enter([job]);
  }
}

/** One call of a handler; not closures, of which each message would make several. */
class Call implements Caller {
  readonly #calls: Calls;
  readonly #work: readonly Job[];
  readonly #guarded: GuardedCall | undefined;

  constructor(calls: Calls, work: readonly Job[], guarded: GuardedCall | undefined) {
    this.#calls = calls;
    this.#work = work;
    this.#guarded = guarded;
  }

  ended(outcome: Outcome): void {
    this.#calls.ended(this.#work, this.#guarded, outcome);
  }

  isLost(): boolean {
    return this.#work.some((job) => job.state !== 'running' || this.#calls.isLost(job));
  }
}

function messagesOf(work: readonly Job[]): readonly Message[] {
  const first = work[0] as Job;
  if (work.length === 1) return [first.message as Message];
  return work.map(({ message }) => message as Message);
}
