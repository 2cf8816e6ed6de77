import { isJetlaneError, JetlaneError } from '@jetlane/contracts';
import { Rejected, RetryLater } from './signals.ts';
import type { RetryPolicy } from './worker-spec.ts';

/** How one attempt ended. */
export type Outcome =
  /** The handler returned and its results are stored. */
  | { readonly kind: 'done' }
  /** The handler threw, timed out, or its results could not be stored. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The message could not be read: malformed, unknown, or against its schema. */
  | { readonly kind: 'unreadable'; readonly error: JetlaneError }
  /** It came back after its last trial: the process died, or lost it, every time. */
  | { readonly kind: 'exhausted' };

/** Why a message became a dead letter. */
export type BuryReason =
  | 'unreadable'
  | 'rejected'
  | 'not-retryable'
  | 'attempts-exhausted'
  | 'crash-loop';

/** What to do with the message. */
export type Decision =
  | { readonly action: 'ack' }
  | { readonly action: 'retry'; readonly delayMs: number; readonly error: unknown }
  | { readonly action: 'bury'; readonly reason: BuryReason; readonly error: unknown };

const ACK: Decision = { action: 'ack' };

/**
 * Settles what happens after an attempt. Pure: the same outcome, attempt, policy and dice give the same decision.
 *
 * @param attempt deliveries and retries in place so far, this one included: 1 the first time
 * @param dice a number in [0, 1) that sets the jitter
 */
export function decide(
  outcome: Outcome,
  attempt: number,
  policy: RetryPolicy,
  dice: number,
): Decision {
  switch (outcome.kind) {
    case 'done':
      return ACK;
    case 'unreadable':
      return { action: 'bury', reason: 'unreadable', error: outcome.error };
    case 'exhausted':
      return { action: 'bury', reason: 'crash-loop', error: crashLoop(attempt) };
    case 'failed':
      return afterFailure(outcome.error, attempt, policy, dice);
  }
}

function afterFailure(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  dice: number,
): Decision {
  if (error instanceof Rejected) return { action: 'bury', reason: 'rejected', error };
  if (attempt >= policy.attempts) return { action: 'bury', reason: 'attempts-exhausted', error };
  if (error instanceof RetryLater) return { action: 'retry', delayMs: error.delayMs, error };
  if (!wantsRetry(policy, error)) return { action: 'bury', reason: 'not-retryable', error };
  return { action: 'retry', delayMs: backoffMs(attempt, policy, dice), error };
}

/** Exponential with full jitter: anywhere between nothing and the doubled delay, never under a millisecond. */
function backoffMs(attempt: number, policy: RetryPolicy, dice: number): number {
  const ceilingMs = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (attempt - 1));
  return Math.max(1, Math.round(ceilingMs * dice));
}

/** A predicate that throws must not lose the message: it counts as "try again". */
function wantsRetry(policy: RetryPolicy, error: unknown): boolean {
  try {
    return policy.when(error);
  } catch {
    return true;
  }
}

function crashLoop(attempt: number): JetlaneError {
  return new JetlaneError(
    'HANDLER_FAILED',
    `delivered ${attempt} times and never settled: each time its process died, was stopped, or lost the message`,
  );
}

/** The `jl-error-code` of whatever a handler threw. */
export function errorCode(error: unknown): string {
  return isJetlaneError(error) ? error.code : 'HANDLER_FAILED';
}
