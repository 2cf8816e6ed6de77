import { describe, expect, it } from 'vitest';
import { type Given, Query } from './query.ts';

/** What is wrong with one value, read in one way. */
function problemOf(given: Given, read: (query: Query) => unknown): string {
  const query = new Query(given, Object.keys(given));
  read(query);
  try {
    query.done();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('what a request asks for', () => {
  it('is read with its types', () => {
    const given = { stream: 'ORDERS', subject: 'orders.>', seq: '17', limit: 5, to: 'worker' };
    const query = new Query(given, Object.keys(given));
    expect(query.requiredName('stream')).toBe('ORDERS');
    expect(query.filter('subject')).toBe('orders.>');
    expect(query.whole('seq', 1)).toBe(17);
    expect(query.whole('limit', 1, 10)).toBe(5);
    expect(query.choice('to', ['worker', 'subject'])).toBe('worker');
    expect(query.whole('absent', 1)).toBeUndefined();
    expect(() => query.done()).not.toThrow();
  });

  it('tells everything that is wrong at once', () => {
    const query = new Query({ stream: 'A.B', limit: '0', sek: '1' }, ['stream', 'limit', 'seq']);
    query.requiredName('stream');
    query.whole('limit', 1, 200);
    expect(() => query.done()).toThrow(
      "'sek' is not known here; known: stream, limit, seq; stream 'A.B' is no name: no spaces, dots, '*', '>' or slashes; limit must be a whole number from 1 to 200, not '0'",
    );
  });

  it.each(['', 'a b', 'a.b', '*', '>', 'a/b', 'a\\b', '../x', 'a\u0000b', 'x'.repeat(300), 7])(
    'refuses %j as a name',
    (name) => {
      expect(problemOf({ name }, (query) => query.requiredName('name'))).not.toBe('');
    },
  );

  it.each(['', 'a..b', '.a', 'a.', 'a b', '>.a', 'x'.repeat(5000), {}])(
    'refuses %j as a filter',
    (filter) => {
      expect(problemOf({ filter }, (query) => query.filter('filter'))).not.toBe('');
    },
  );

  it.each(['-1', '1.5', '1e3', '0x10', ' 1', '99999999999999999999', 'NaN', true, [1], null])(
    'refuses %j as a whole number',
    (seq) => {
      expect(problemOf({ seq }, (query) => query.whole('seq', 1))).toContain('whole number');
    },
  );

  it('reads moments, and refuses what is none', () => {
    const read = (time: unknown) => new Query({ time }, ['time']).time('time')?.getTime();
    expect(read('2026-01-31T12:00:00Z')).toBe(Date.UTC(2026, 0, 31, 12));
    expect(read('1769860800000')).toBe(1_769_860_800_000);
    for (const time of ['yesterday', '31.1.2026', '1', '99999999999999999', {}])
      if (time !== '1')
        expect(problemOf({ time }, (query) => query.time('time'))).toContain('no time');
  });
});
