import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, Histogram, isPairs, quantileMs, subtractPairs } from './histogram.ts';

const BOUND = 0.016;

function of(...durations: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of durations) histogram.record(ms);
  return histogram;
}

describe('a histogram', () => {
  it('tells quantiles that are at most 1.6 % off, from a microsecond to days', () => {
    const durations = fc.array(fc.double({ min: 0.001, max: 8.64e8, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
        expect(Math.abs(of(...all).quantileMs(share) - exact) / exact).toBeLessThanOrEqual(BOUND);
      }),
    );
  });

  it('counts what is no duration as the shortest, and what is too long as the longest', () => {
    expect(of(0, -5, Number.NaN, 1e-9).quantileMs(1)).toBeCloseTo(0.001, 4);
    expect(of(Number.POSITIVE_INFINITY, 1e300).pairs()).toEqual([1279, 2]);
  });

  it('has no quantile while it is empty, and again when it is cleared', () => {
    const histogram = of(1, 2);
    expect(histogram.count).toBe(2);
    histogram.clear();
    expect(histogram.count).toBe(0);
    expect(histogram.quantileMs(0.5)).toBeNaN();
    expect(histogram.pairs()).toEqual([]);
  });

  it('adds up what several took, as if one had taken all', () => {
    const sum = new Histogram();
    sum.add(of(1, 2, 3).pairs());
    sum.add(of(3, 4, 5000).pairs());
    expect(sum.count).toBe(6);
    expect(sum.pairs()).toEqual(of(1, 2, 3, 3, 4, 5000).pairs());
  });

  it('takes away what it had before, and says when it began anew', () => {
    const histogram = of(1, 1, 70);
    const before = histogram.pairs();
    for (const ms of [1, 900, 901]) histogram.record(ms);
    const since = subtractPairs(histogram.pairs(), before);
    expect(since).toEqual(of(1, 900, 901).pairs());
    expect(countOf(since ?? [])).toBe(3);
    expect(subtractPairs(before, before)).toEqual([]);
    expect(subtractPairs(before, [])).toEqual(before);
    expect(subtractPairs(of(1, 70).pairs(), before)).toBeUndefined(); // fewer than before
    expect(subtractPairs(of(1, 1).pairs(), before)).toBeUndefined(); // none where there was one
    expect(subtractPairs(of(1, 1, 3, 80).pairs(), before)).toBeUndefined();
  });

  it('tells the same of plain data', () => {
    const histogram = of(5, 10, 20, 40);
    expect(quantileMs(histogram.pairs(), 0.5)).toBe(histogram.quantileMs(0.5));
    expect(quantileMs([], 0.5)).toBeNaN();
  });

  it('knows its own data from anything else', () => {
    expect(isPairs([])).toBe(true);
    expect(isPairs(of(1, 2, 3).pairs())).toBe(true);
    for (const other of [
      undefined,
      {},
      'pairs',
      [1],
      [1, 0],
      [1, -1],
      [1.5, 1],
      [1, 1.5],
      [2, 1, 1, 1],
      [1, 1, 1, 1],
      [1280, 1],
      ['1', 1],
      Array(3000).fill(1),
    ])
      expect(isPairs(other)).toBe(false);
  });
});
