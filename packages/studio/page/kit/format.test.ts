import { describe, expect, it } from 'vitest';
import {
  ago,
  bytes,
  compactCount,
  compactCounted,
  count,
  counted,
  dateAndTime,
  duration,
  milliseconds,
  percent,
  rate,
  timeOfDay,
} from './format.ts';

describe('figures of a page', () => {
  it('say that they are not known, instead of NaN', () => {
    const all = [count, compactCount, rate, milliseconds, duration, ago, bytes, percent, timeOfDay];
    for (const format of [...all, dateAndTime]) {
      expect([undefined, null, Number.NaN, Number.POSITIVE_INFINITY].map(format)).toEqual(
        Array(4).fill('–'),
      );
    }
  });

  it('are whole where they count', () => {
    expect([0, 12, 1234567].map(count)).toEqual(['0', '12', '1,234,567']);
    expect([0, 999, 12_345, 1_240_000].map(compactCount)).toEqual(['0', '999', '12.3K', '1.24M']);
    expect([0, 1, 2].map((value) => counted(value, 'message'))).toEqual([
      'no messages',
      '1 message',
      '2 messages',
    ]);
    expect(counted(2, 'match', 'matches')).toBe('2 matches');
    expect([1, 1_432].map((value) => compactCounted(value, 'message'))).toEqual([
      '1 message',
      '1.43K messages',
    ]);
  });

  it('have three digits where they measure', () => {
    expect([0, 0.25, 12.5, 2500].map(rate)).toEqual(['0/s', '0.25/s', '12.5/s', '2,500/s']);
    expect([0.42, 9.999, 21.24, 99.99, 999].map(milliseconds)).toEqual([
      '0.42 ms',
      '10.0 ms',
      '21.2 ms',
      '100 ms',
      '999 ms',
    ]);
    expect([1250, 61_000].map(milliseconds)).toEqual(['1.25 s', '1 min 1 s']);
    expect([0, 512, 12_595, 4 * 2 ** 30].map(bytes)).toEqual([
      '0 B',
      '512 B',
      '12.3 KiB',
      '4.00 GiB',
    ]);
    expect([0, 0.425, 1].map(percent)).toEqual(['0 %', '42.5 %', '100 %']);
  });

  it('give a span in its two largest units', () => {
    expect([0, 250, 30_000, 125_000, 3_600_000, 273_600_000].map(duration)).toEqual([
      '0 s',
      '250 ms',
      '30 s',
      '2 min 5 s',
      '1 h',
      '3 d 4 h',
    ]);
    expect([59_999, 3_599_999, 86_399_999].map(duration)).toEqual(['1 min', '1 h', '1 d']);
    expect([0, 12_000, -5000].map(ago)).toEqual(['now', '12 s ago', 'in 5 s']);
  });

  it('give times to the millisecond', () => {
    const at = new Date(2026, 10, 21, 9, 41, 7, 250).getTime();
    expect(timeOfDay(at)).toBe('09:41:07.250');
    expect(dateAndTime(at)).toBe('2026-11-21 09:41:07.250');
  });
});
