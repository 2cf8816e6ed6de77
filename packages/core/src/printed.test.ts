import { expect, it } from 'vitest';
import { printed, shown } from './printed.ts';

it('prints whatever a caller may give', () => {
  expect([printed('a'), printed(5), printed(Symbol('s')), printed(undefined)]).toEqual([
    'a',
    '5',
    'Symbol(s)',
    'undefined',
  ]);
  for (const strange of [Object.create(null), [Object.create(null)], { toString: 5, valueOf: 5 }])
    expect(printed(strange)).toBe('a value that cannot be shown');
});

it('keeps what it prints short, and says what has no words of its own', () => {
  expect([printed('x'.repeat(5_000)), printed({ a: 1 }), printed(() => 5)]).toEqual([
    `${'x'.repeat(64)}...`,
    'an object',
    'a function',
  ]);
});

it('puts a text in quotes, so that an empty one is seen', () => {
  expect([shown(''), shown('a'), shown(5)]).toEqual(["''", "'a'", '5']);
});
