import { expect, it } from 'vitest';
import { printed } from './printed.ts';

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
