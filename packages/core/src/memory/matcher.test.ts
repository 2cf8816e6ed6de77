import { patternCovers } from '@jetlane/contracts';
import { expect, it } from 'vitest';
import { toMatcher } from './matcher.ts';

const patterns = ['orders.placed.o-1', 'orders.*.o-1', 'orders.>', '*', '>', 'a.*.c.>', 'a.b$.c'];
const subjects = [
  'orders',
  'orders.placed.o-1',
  'orders.paid.o-1',
  'orders.placed.o-1.x',
  'a.b.c',
  'a.b.c.d',
  'a.b$.c',
  'axb$xc',
];

it('agrees with the rules for patterns', () => {
  for (const pattern of patterns)
    for (const subject of subjects)
      expect([pattern, subject, toMatcher([pattern])(subject)]).toEqual([
        pattern,
        subject,
        patternCovers(pattern, subject),
      ]);
});

it('matches any of several patterns, and none of none', () => {
  const matches = toMatcher(['a.*', 'b', 'c.>']);
  expect(['a.x', 'b', 'c.1.2', 'a', 'c', 'b.x'].map(matches)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(toMatcher([])('a')).toBe(false);
});
