import { expect, test } from 'vitest';
import { suggest, unknownOptions } from './suggestion.ts';

test('an unknown option names the nearest known one', () => {
  expect(unknownOptions({ retentoin: 1, maxAge: 1 }, ['retention', 'maxAge'])).toEqual([
    'retentoin is no option: did you mean retention?',
  ]);
  expect(unknownOptions({ xyz: 1 }, ['to', 'from'], 'republish.')).toEqual([
    'republish.xyz is no option: options are to, from',
  ]);
});

test('suggest prefers the nearest and gives nothing when all are far', () => {
  expect(suggest('MAXAGE', ['maxBytes', 'maxAge'])).toBe('maxAge');
  expect(suggest('colour', ['maxBytes', 'maxAge'])).toBeUndefined();
  expect(suggest('x'.repeat(10_000), ['maxAge'])).toBeUndefined();
});
