import { JetlaneError } from '@jetlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type Outcome } from './decide.ts';
import { attemptsMax, type RetryOptions, toRetryPolicy } from './retry-policy.ts';
import { Rejected, RetryLater } from './signals.ts';

const policy = toRetryPolicy();
const tried = (attempt: number, dice = 0.5, ageMs = 0) => ({ attempt, dice, ageMs });
const failed = (error: unknown): Outcome => ({ kind: 'failed', error });
const boom = new Error('boom');

describe('decide', () => {
  it('acknowledges what is done', () => {
    expect(decide({ kind: 'done', endedMs: undefined }, tried(1), policy)).toEqual({
      action: 'ack',
    });
  });

  it('retries a failure after a delay that doubles with each attempt', () => {
    const delays = [1, 2, 3, 4].map((attempt) =>
      decide(failed(boom), tried(attempt, 0.999_999), policy),
    );
    expect(delays).toMatchObject(
      [200, 400, 800, 1_600].map((delayMs) => ({ action: 'retry', delayMs })),
    );
  });

  it('buries on the last attempt', () => {
    const decision = decide(failed(boom), tried(5), policy);
    expect(decision).toEqual({ action: 'bury', reason: 'attempts-exhausted', error: boom });
  });

  it('buries at once what the handler rejected', () => {
    expect(decide(failed(new Rejected('no')), tried(1), policy)).toMatchObject({
      reason: 'rejected',
    });
  });

  it('takes the delay that the handler asked for, while attempts are left', () => {
    const later = failed(new RetryLater(1_234, 'busy'));
    expect(decide(later, tried(4), policy)).toMatchObject({ action: 'retry', delayMs: 1_234 });
    expect(decide(later, tried(5), policy)).toMatchObject({ action: 'bury' });
  });

  it('buries at once an error that the policy does not retry', () => {
    const never = { ...policy, when: (error: unknown) => error !== boom };
    expect(decide(failed(boom), tried(1), never)).toMatchObject({ reason: 'not-retryable' });
  });

  it('gives up on what a rule gives up on, and takes limits from the first rule that matches', () => {
    const ruled = toRetryPolicy({
      attempts: 3,
      when: () => false,
      rules: [
        { match: RangeError, giveUp: true },
        { match: (error) => error === boom, attempts: 9, minDelay: '1s', maxDelay: '1s' },
        { match: Error, giveUp: true },
      ],
    });
    expect(decide(failed(new RangeError()), tried(1), ruled)).toMatchObject({
      action: 'bury',
      reason: 'not-retryable',
    });
    expect(decide(failed(boom), tried(8), ruled)).toMatchObject({ action: 'retry', delayMs: 500 });
    expect(decide(failed(boom), tried(9), ruled)).toMatchObject({ reason: 'attempts-exhausted' });
    expect(decide(failed('a text'), tried(1), ruled)).toMatchObject({ reason: 'not-retryable' });
  });

  it('tells classes of every make from functions that say whether they match', () => {
    class Odd {}
    function Old() {}
    Old.prototype = Object.create(Error.prototype);
    for (const [match, error] of [
      [Odd, new Odd()],
      [Error, boom],
      [DOMException, new DOMException()],
      [Old as never, Object.create(Old.prototype)],
    ] as const)
      expect(
        decide(failed(error), tried(1), toRetryPolicy({ rules: [{ match, giveUp: true }] })),
      ).toMatchObject({ reason: 'not-retryable' });
  });

  it('takes the delay that the error asks for, whatever the longest delay', () => {
    const asking = toRetryPolicy({
      delay: (error, attempt) => (error === boom ? `${attempt}h` : undefined),
    });
    expect(decide(failed(boom), tried(2), asking)).toMatchObject({ delayMs: 7_200_000 });
    expect(decide(failed('other'), tried(2), asking)).toMatchObject({ delayMs: 200 });
  });

  it('gives up where the next attempt would begin after the time that the policy gives', () => {
    const limited = toRetryPolicy({
      attempts: Number.POSITIVE_INFINITY,
      within: '10s',
      minDelay: '4s',
      maxDelay: '4s',
    });
    const at = (ageMs: number) => decide(failed(boom), tried(1_000, 0.5, ageMs), limited);
    expect(at(8_000)).toMatchObject({ action: 'retry', delayMs: 2_000 });
    expect(at(8_001)).toMatchObject({ action: 'bury', reason: 'time-exhausted', error: boom });
    const later = failed(new RetryLater(3_000, 'busy'));
    expect(decide(later, tried(1, 0.5, 8_000), limited)).toMatchObject({
      reason: 'time-exhausted',
    });
    expect(decide({ kind: 'overdue' }, tried(1, 0.5, 10_001), limited)).toMatchObject({
      action: 'bury',
      reason: 'time-exhausted',
    });
  });

  it('leaves out of account what throws or gives nonsense, and says so', () => {
    const broken = () => {
      throw new Error('bug');
    };
    const nonsense = [
      broken,
      () => undefined,
      () => 'yes',
      async () => true,
      () => Object.create(null),
    ];
    for (const bad of nonsense as (() => never)[]) {
      const untold = bad === (nonsense[1] as unknown) ? 2 : 3;
      const decision = decide(
        failed(boom),
        tried(1),
        toRetryPolicy({ when: bad, delay: bad, rules: [{ match: bad, giveUp: true }] }),
      );
      expect(decision).toMatchObject({ action: 'retry', delayMs: 100, error: boom });
      const options = 'faults' in decision ? decision.faults?.map(({ option }) => option) : [];
      expect(options).toEqual(
        ['retry.rules[0].match', 'retry.when', 'retry.delay'].slice(0, untold),
      );
    }
  });

  it('buries what cannot be read, whatever the policy', () => {
    const error = new JetlaneError('DECODE_FAILED', 'truncated');
    expect(decide({ kind: 'unreadable', error }, tried(1), policy)).toEqual({
      action: 'bury',
      reason: 'unreadable',
      error,
    });
  });

  it('buries what came back from its last trial as a crash loop', () => {
    expect(decide({ kind: 'exhausted' }, tried(7), policy)).toMatchObject({
      action: 'bury',
      reason: 'crash-loop',
      error: { code: 'HANDLER_FAILED' },
    });
  });

  it('keeps to its limits, whatever policy, error, history and dice', () => {
    const ms = (max: number) => fc.integer({ min: 1, max }).map((n) => `${n}ms` as const);
    const attempts = fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.constant(Number.POSITIVE_INFINITY),
    );
    const answers = fc.constantFrom(true, false, undefined, 'nonsense').map((said) => () => said);
    const rule = fc.record(
      { match: answers, attempts, minDelay: ms(60_000), maxDelay: ms(600_000) },
      { requiredKeys: ['match'] },
    );
    const options = fc.record({
      attempts,
      minDelay: ms(60_000),
      maxDelay: ms(600_000),
      within: ms(3_600_000),
      when: answers,
      delay: fc.oneof(ms(100_000), fc.constantFrom(undefined, '-1s', 7)).map((said) => () => said),
      rules: fc.array(fc.oneof(rule, fc.record({ match: answers, giveUp: fc.constant(true) }))),
    });
    const history = fc.record({
      attempt: fc.integer({ min: 1, max: 10_000 }),
      ageMs: fc.integer({ min: -1_000, max: 4_000_000 }),
      dice: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    const thrown = fc.constantFrom<unknown>(boom, undefined, new RetryLater(5_000, 'busy'));
    fc.assert(
      fc.property(options, history, thrown, (given, tries, error) => {
        const limits = toRetryPolicy(given as unknown as RetryOptions);
        const decision = decide(failed(error), tries, limits);
        expect(decide(failed(error), tries, limits)).toEqual(decision);
        if (decision.action !== 'retry') return decision.action === 'bury';
        const most = Math.max(
          limits.maxDelayMs,
          ...limits.rules.map(({ maxDelayMs }) => maxDelayMs),
          100_000,
        );
        return (
          tries.attempt < attemptsMax(limits) &&
          tries.ageMs + decision.delayMs <= limits.withinMs &&
          decision.delayMs >= 1 &&
          decision.delayMs <= most
        );
      }),
    );
  });
});
