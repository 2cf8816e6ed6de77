import { JetlaneError } from '@jetlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Outcome } from './decide.ts';
import { Rejected, RetryLater } from './signals.ts';
import type { RetryPolicy } from './worker-spec.ts';

const policy: RetryPolicy = { attempts: 5, minDelayMs: 200, maxDelayMs: 30_000, when: () => true };
const failed = (error: unknown): Outcome => ({ kind: 'failed', error });
const boom = new Error('boom');

describe('decide', () => {
  it('acknowledges what is done', () => {
    expect(decide({ kind: 'done' }, 1, policy, 0.5)).toEqual({ action: 'ack' });
  });

  it('retries a failure after a delay that doubles with each attempt', () => {
    const delays = [1, 2, 3, 4].map((attempt) => decide(failed(boom), attempt, policy, 0.999_999));
    expect(delays).toMatchObject(
      [200, 400, 800, 1_600].map((delayMs) => ({ action: 'retry', delayMs })),
    );
  });

  it('buries on the last attempt', () => {
    const decision = decide(failed(boom), 5, policy, 0.5);
    expect(decision).toEqual({ action: 'bury', reason: 'attempts-exhausted', error: boom });
  });

  it('buries at once what the handler rejected', () => {
    expect(decide(failed(new Rejected('no')), 1, policy, 0.5)).toMatchObject({
      reason: 'rejected',
    });
  });

  it('takes the delay that the handler asked for, while attempts are left', () => {
    const later = failed(new RetryLater(1_234, 'busy'));
    expect(decide(later, 4, policy, 0.5)).toMatchObject({ action: 'retry', delayMs: 1_234 });
    expect(decide(later, 5, policy, 0.5)).toMatchObject({ action: 'bury' });
  });

  it('buries at once an error that the policy does not retry', () => {
    const never = { ...policy, when: (error: unknown) => error !== boom };
    expect(decide(failed(boom), 1, never, 0.5)).toMatchObject({ reason: 'not-retryable' });
  });

  it('retries when the policy itself throws', () => {
    const broken = {
      ...policy,
      when: () => {
        throw new Error('bug');
      },
    };
    expect(decide(failed(boom), 1, broken, 0.5)).toMatchObject({ action: 'retry' });
  });

  it('buries what cannot be read, whatever the policy', () => {
    const error = new JetlaneError('DECODE_FAILED', 'truncated');
    expect(decide({ kind: 'unreadable', error }, 1, policy, 0.5)).toEqual({
      action: 'bury',
      reason: 'unreadable',
      error,
    });
  });

  it('buries what came back from its last trial as a crash loop', () => {
    expect(decide({ kind: 'exhausted' }, 7, policy, 0.5)).toMatchObject({
      action: 'bury',
      reason: 'crash-loop',
      error: { code: 'HANDLER_FAILED' },
    });
  });

  it('never retries past the policy, and never sooner than now or later than its longest delay', () => {
    const policies = fc.record({
      attempts: fc.integer({ min: 1, max: 100 }),
      minDelayMs: fc.integer({ min: 1, max: 60_000 }),
      maxDelayMs: fc.integer({ min: 1, max: 600_000 }),
      when: fc.boolean().map((again) => () => again),
    });
    const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 10_000 }),
        dice,
        (given, attempt, throwOf) => {
          const decision = decide(failed(boom), attempt, given, throwOf);
          if (decision.action === 'ack') return false;
          if (decision.action === 'bury') return attempt >= given.attempts || !given.when();
          return (
            attempt < given.attempts &&
            decision.delayMs >= 1 &&
            decision.delayMs <= given.maxDelayMs
          );
        },
      ),
    );
  });
});
