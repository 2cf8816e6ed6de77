import { describe, expect, it } from 'vitest';
import { consumerVerdict, gravest, streamVerdict, type Verdict } from './rules.ts';

const NOW = Date.UTC(2026, 0, 2);
const HOUR_NS = 3_600_000_000_000;

/** Ten messages of a hundred bytes, the first a day old. */
const state = { messages: 10, bytes: 1_000, first_ts: '2026-01-01T00:00:00Z' };

describe('lowering a limit', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['max_msgs', -1, 10, false],
    ['max_msgs', -1, 9, true],
    ['max_msgs', 9, -1, false],
    ['max_bytes', 5_000, 999, true],
    ['max_bytes', 5_000, 1_000, false],
    ['max_age', 0, HOUR_NS * 25, false],
    ['max_age', 0, HOUR_NS, true],
    ['max_age', HOUR_NS, HOUR_NS * 2, false],
    ['max_msgs_per_subject', -1, 5, true],
  ])('%s from %j to %j drops something: %s', (field, from, to, destructive) => {
    expect(streamVerdict({ field, from, to }, state, NOW)).toMatchObject({
      action: 'update',
      destructive,
    });
  });
});

describe('subjects that a stream gives up', () => {
  it('are named', () => {
    const change = { field: 'subjects', from: ['a.>', 'b.>'], to: ['a.>', 'c.>'] };
    expect(streamVerdict(change, state, NOW).why).toContain('b.> is stored no more');
  });
});

describe('filters of a consumer', () => {
  it.each<[string[] | undefined, string[] | undefined, string]>([
    [['a.>'], ['a.b'], 'update'],
    [['a.b'], ['a.>'], 'recreate'],
    [['a.b'], ['c.d'], 'recreate'],
    [undefined, ['a.b'], 'update'],
    [['a.b'], undefined, 'recreate'],
  ])('from %j to %j: %s', (from, to, action) => {
    expect(consumerVerdict({ field: 'filter_subjects', from, to }, 'limits').action).toBe(action);
  });
});

describe('several verdicts', () => {
  const verdict = (action: Verdict['action'], destructive: boolean, why: string): Verdict => ({
    action,
    destructive,
    why,
    advice: `mend ${why}`,
  });

  it('come down to the gravest, with all its reasons', () => {
    expect(
      gravest([
        verdict('update', false, 'a'),
        verdict('recreate', true, 'b'),
        verdict('recreate', true, 'c'),
        verdict('update', true, 'd'),
      ]),
    ).toEqual({ action: 'recreate', destructive: true, why: 'b; c', advice: 'mend b; mend c' });
    expect(gravest([verdict('forbidden', false, 'x'), verdict('recreate', true, 'y')]).action).toBe(
      'forbidden',
    );
  });
});
