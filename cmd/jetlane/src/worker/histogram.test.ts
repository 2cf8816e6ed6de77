import { describe, expect, it } from 'vitest';
import { histogram } from './histogram.ts';

describe('histogram', () => {
  it('knows quantiles to within 3 %', () => {
    const times = histogram();
    for (let ms = 1; ms <= 1000; ms++) times.record(ms);
    expect(times.count).toBe(1000);
    for (const share of [0.01, 0.5, 0.99, 1]) {
      const exact = share * 1000;
      expect(Math.abs(times.quantileMs(share) - exact) / exact).toBeLessThan(0.03);
    }
  });

  it('adds up what several processes took', () => {
    const one = histogram();
    const other = histogram();
    const sum = histogram();
    for (let i = 0; i < 99; i++) one.record(1);
    other.record(1000);
    sum.merge(one.take());
    sum.merge(other.take());
    expect(sum.count).toBe(100);
    expect(one.count).toBe(0);
    expect(sum.quantileMs(0.99)).toBeCloseTo(1, 1);
    expect(sum.quantileMs(1)).toBeGreaterThan(970);
  });

  it('has no quantile when empty, and takes any number', () => {
    const times = histogram();
    expect(times.quantileMs(0.5)).toBeNaN();
    for (const ms of [0, -1, Number.NaN, 1e12]) times.record(ms);
    expect(times.count).toBe(4);
  });
});
