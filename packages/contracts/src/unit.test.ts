import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Duration, Size } from './unit.ts';
import { durationProblem, sizeProblem, toBytes, toMs } from './unit.ts';

describe('toMs', () => {
  test.each([
    ['200ms', 200],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['1.1s', 1100],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ] as const)('%s is %i ms', (duration, ms) => expect(toMs(duration)).toBe(ms));

  const wrong = [
    '0s',
    '-1s',
    '1e3ms',
    'NaNs',
    'Infinitys',
    '',
    '5',
    's',
    ' 5s',
    '5 s',
    '.5s',
    '5S',
  ];
  test.each([...wrong, '0.1ms', '999999999999999d', 5, null, undefined, {}, ['5s'], Symbol('5s')])(
    'refuses %s',
    (value) => {
      expect(() => toMs(value as Duration)).toThrowError(/positive duration such as/);
      expect(durationProblem(value, 'ackWait')).toMatch(/^ackWait must be a positive duration/);
    },
  );

  test('every whole number of milliseconds is itself', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 9e12 }), (ms) => toMs(`${ms}ms`) === ms));
  });
});

describe('toBytes', () => {
  test.each([
    ['1B', 1],
    ['64KiB', 65_536],
    ['1.5KiB', 1536],
    ['1MiB', 1_048_576],
    ['10GiB', 10_737_418_240],
    ['1TiB', 1_099_511_627_776],
  ] as const)('%s is %i bytes', (size, bytes) => expect(toBytes(size)).toBe(bytes));

  test.each(['10GB', '1kb', '0B', '-1B', '0.5B', '1e3B', '99999TiB', 10, null, {}])(
    'refuses %s',
    (value) => {
      expect(() => toBytes(value as Size)).toThrowError(/positive size such as/);
      expect(sizeProblem(value, 'maxBytes')).toMatch(/^maxBytes must be a positive size/);
    },
  );

  test('nothing is wrong with a proper size or duration', () => {
    expect(sizeProblem('1MiB', 'x')).toBeUndefined();
    expect(durationProblem('1s', 'x')).toBeUndefined();
  });
});
