import { describe, expect, it } from 'vitest';
import { formatBytes, formatCap, formatCount, formatMs, formatRate } from './figures.ts';

describe('figures are short', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [9999, '9,999'],
    [9999.6, '10.0k'],
    [12_345, '12.3k'],
    [999_400, '999k'],
    [999_600, '1.00M'],
    [4_560_000, '4.56M'],
    [Number.NaN, '-'],
  ])('count %d', (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [0, '0'],
    [500, '500'],
    [1000, '1k'],
    [8000, '8k'],
    [1536, '1.54k'],
    [40_000, '40k'],
    [999_999, '1M'],
    [2_500_000, '2.5M'],
    [3e9, '3G'],
  ])('cap %d', (cap, text) => expect(formatCap(cap)).toBe(text));

  it.each([
    [0, '0/s'],
    [0.42, '0.4/s'],
    [2500, '2,500/s'],
    [123_456, '123k/s'],
  ])('rate %d', (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [0.002, '2µs'],
    [0.42, '0.42ms'],
    [12.34, '12.3ms'],
    [1500, '1.50s'],
    [125_000, '2m 5s'],
    [12_000_000, '3h 20m'],
    [187_200_000, '2d 4h'],
  ])('time %d ms', (ms, text) => expect(formatMs(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [1536, '1.50 KiB'],
    [2 * 1024 ** 3, '2.00 GiB'],
  ])('bytes %d', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
