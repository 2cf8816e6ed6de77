import { durationProblem, isJetlaneError, JetlaneError, toMs } from '@jetlane/contracts';
import type { RetryPolicy, RetryRuleSpec } from './retry-policy.ts';
import { Rejected, RetryLater } from './signals.ts';

/** How one attempt ended, or why none began. */
export type Outcome =
  /** The handler returned and its results are stored; `endedMs`, by the monotonic clock, where somebody has looked just then. */
  | { readonly kind: 'done'; readonly endedMs: number | undefined }
  /** The handler threw, timed out, or its results could not be stored. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The message could not be read: malformed, unknown, or against its schema. */
  | { readonly kind: 'unreadable'; readonly error: JetlaneError }
  /** It came back after its last trial: the process died, or lost it, every time. */
  | { readonly kind: 'exhausted' }
  /** Its turn came after the time that the policy gives it. */
  | { readonly kind: 'overdue' };

/** What is known of the attempts so far. */
export interface Tried {
  /** Deliveries and retries in place so far, this one included: 1 the first time. */
  readonly attempt: number;
  /** Since the stream stored the message. */
  readonly ageMs: number;
  /** A number in [0, 1) that sets the jitter. */
  readonly dice: number;
}

/** Why a message became a dead letter; `dropped` ones are gone, as they cannot be given back to a server that waits for no ack. */
export type BuryReason =
  | 'unreadable'
  | 'rejected'
  | 'not-retryable'
  | 'attempts-exhausted'
  | 'time-exhausted'
  | 'crash-loop'
  | 'dropped';

/** A function of a policy that threw or gave nonsense, and was left out of account. */
export interface PolicyFault {
  /** `retry.when`, `retry.delay` or `retry.rules[0].match`. */
  readonly option: string;
  readonly error: unknown;
}

/** What to do with the message, and what was wrong with the policy itself. */
export type Decision =
  | { readonly action: 'ack' }
  | {
      readonly action: 'retry';
      readonly delayMs: number;
      readonly error: unknown;
      readonly faults?: readonly PolicyFault[];
    }
  | {
      readonly action: 'bury';
      readonly reason: BuryReason;
      readonly error: unknown;
      readonly faults?: readonly PolicyFault[];
    };

type Verdict = Exclude<Decision, { readonly action: 'ack' }>;

const ACK: Decision = { action: 'ack' };

/**
 * Settles what happens after an attempt. Pure: the same outcome, history, policy and dice give the same decision.
 *
 * A function of the policy that throws or gives nonsense decides nothing: `when` then means "try again", `match` "another
 * rule", `delay` "the doubling", and the fault is part of the decision.
 */
export function decide(outcome: Outcome, tried: Tried, policy: RetryPolicy): Decision {
  switch (outcome.kind) {
    case 'done':
      return ACK;
    case 'unreadable':
      return { action: 'bury', reason: 'unreadable', error: outcome.error };
    case 'exhausted':
      return { action: 'bury', reason: 'crash-loop', error: crashLoop(tried.attempt) };
    case 'overdue':
      return { action: 'bury', reason: 'time-exhausted', error: overdue(tried.ageMs, policy) };
    case 'failed': {
      const faults: PolicyFault[] = [];
      const decision = afterFailure(outcome.error, tried, policy, faults);
      return faults.length === 0 ? decision : { ...decision, faults };
    }
  }
}

/** The `jl-error-code` of whatever a handler threw. */
export function errorCode(error: unknown): string {
  return isJetlaneError(error) ? error.code : 'HANDLER_FAILED';
}

function afterFailure(
  error: unknown,
  { attempt, ageMs, dice }: Tried,
  policy: RetryPolicy,
  faults: PolicyFault[],
): Verdict {
  const bury = (reason: BuryReason): Verdict => ({ action: 'bury', reason, error });
  if (error instanceof Rejected) return bury('rejected');
  // What a handler asks for goes before what a policy says of errors in general.
  const asked = error instanceof RetryLater;
  const rule = asked ? undefined : matching(error, policy, faults);
  if (rule?.giveUp === true) return bury('not-retryable');
  const { attempts } = rule ?? policy;
  if (attempt >= attempts) return bury('attempts-exhausted');
  if (!asked && rule === undefined && !wanted(error, policy, faults)) return bury('not-retryable');
  const delayMs = asked
    ? error.delayMs
    : (ownDelayMs(error, attempt, policy, faults) ?? backoffMs(attempt, rule ?? policy, dice));
  if (ageMs + delayMs > policy.withinMs) return bury('time-exhausted');
  return { action: 'retry', delayMs, error };
}

function matching(
  error: unknown,
  { rules }: RetryPolicy,
  faults: PolicyFault[],
): RetryRuleSpec | undefined {
  for (const [index, rule] of rules.entries())
    if (answer(`retry.rules[${index}].match`, () => rule.match(error), false, faults)) return rule;
  return undefined;
}

function wanted(error: unknown, { when }: RetryPolicy, faults: PolicyFault[]): boolean {
  return answer('retry.when', () => when(error), true, faults);
}

/** What a predicate says; `otherwise` where it throws or says neither true nor false. */
function answer(
  option: string,
  ask: () => unknown,
  otherwise: boolean,
  faults: PolicyFault[],
): boolean {
  try {
    const said = ask();
    if (typeof said === 'boolean') return said;
    faults.push({ option, error: nonsense(option, 'true or false', said) });
  } catch (error) {
    faults.push({ option, error });
  }
  return otherwise;
}

function ownDelayMs(
  error: unknown,
  attempt: number,
  { delay }: RetryPolicy,
  faults: PolicyFault[],
): number | undefined {
  if (delay === undefined) return undefined;
  const option = 'retry.delay';
  try {
    const given = delay(error, attempt);
    if (given === undefined) return undefined;
    if (durationProblem(given, option) === undefined) return toMs(given);
    faults.push({
      option,
      error: nonsense(option, "a duration such as '30s' or undefined", given),
    });
  } catch (thrown) {
    faults.push({ option, error: thrown });
  }
  return undefined;
}

/** Exponential with full jitter: anywhere between nothing and the doubled delay, never under a millisecond. */
function backoffMs(
  attempt: number,
  { minDelayMs, maxDelayMs }: Pick<RetryPolicy, 'minDelayMs' | 'maxDelayMs'>,
  dice: number,
): number {
  const ceilingMs = Math.min(maxDelayMs, minDelayMs * 2 ** (attempt - 1));
  return Math.max(1, Math.round(ceilingMs * dice));
}

function nonsense(option: string, expected: string, given: unknown): JetlaneError {
  const got = typeof given === 'object' ? Object.prototype.toString.call(given) : String(given);
  return new JetlaneError('CONFIG_INVALID', `'${option}' must give ${expected}, not ${got}`);
}

function crashLoop(attempt: number): JetlaneError {
  return new JetlaneError(
    'HANDLER_FAILED',
    `delivered ${attempt} times and never acknowledged: each time its process died, was stopped, or lost the message`,
  );
}

function overdue(ageMs: number, { withinMs }: RetryPolicy): JetlaneError {
  return new JetlaneError(
    'HANDLER_FAILED',
    `its turn came ${ageMs} ms after it was stored, and 'retry.within' gives it ${withinMs} ms: no attempt was begun`,
  );
}
