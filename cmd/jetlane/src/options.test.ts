import { expect, it } from 'vitest';
import { durationMs, header, integer, names, since } from './options.ts';

it('takes whole numbers in a range', () => {
  expect(integer(0, 10)('7')).toBe(7);
  for (const text of ['-1', '11', '1.5', 'x', '', '1e3'])
    expect(() => integer(0, 10)(text)).toThrow('expected a whole number from 0 to 10');
});

it('takes durations', () => {
  expect(durationMs('1.5s')).toBe(1500);
  expect(() => durationMs('5')).toThrow("expected a duration such as '200ms'");
});

it('takes a time that has passed, as a duration or a date', () => {
  const now = Date.parse('2026-02-01T00:00:00Z');
  expect(since('1h', now)).toBe(now - 3_600_000);
  expect(since('2026-01-31T12:00:00Z', now)).toBe(now - 43_200_000);
  expect(() => since('2026-03-01', now)).toThrow('has not come yet');
  expect(() => since('yesterday', now)).toThrow("'1h' or a date");
});

it('takes names, also several times', () => {
  expect(names('a, b', undefined)).toEqual(['a', 'b']);
  expect(names('c', ['a'])).toEqual(['a', 'c']);
  expect(() => names(' ,', undefined)).toThrow('expected a name');
});

it('takes headers', () => {
  expect(header('a: b: c', { x: 'y' })).toEqual({ x: 'y', a: 'b: c' });
  expect(() => header(': b', undefined)).toThrow("'name: value'");
});
