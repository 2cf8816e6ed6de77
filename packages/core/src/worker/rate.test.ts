import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rate } from './rate.ts';

/** Lets through whatever may happen at these times; gives when it did. */
function passed(rate: Rate, times: readonly number[], key = 'k'): number[] {
  return times.filter((atMs) => {
    if (rate.waitMs(key, 1, atMs) > 0) return false;
    rate.take(key, 1, atMs);
    return true;
  });
}

describe('a rate', () => {
  it('lets a burst through at once, then one each interval', () => {
    const rate = new Rate({ count: 10, perMs: 1_000, burst: 3 });
    const everyMs = Array.from({ length: 500 }, (_, ms) => ms);
    expect(passed(rate, [0, 0, 0, 0, ...everyMs])).toEqual([0, 0, 0, 100, 200, 300, 400]);
  });

  it('says how long to wait', () => {
    const rate = new Rate({ count: 10, perMs: 1_000, burst: 2 });
    rate.take('k', 2, 0);
    expect(rate.waitMs('k', 1, 30)).toBe(70);
    expect(rate.waitMs('k', 2, 30)).toBe(170);
    expect(rate.waitMs('other', 2, 30)).toBe(0);
  });

  it('lets no period see more than the count and the burst, and no backlog wait longer than it must', () => {
    const rates = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      perMs: fc.integer({ min: 20, max: 2_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
    });
    const times = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 400 });
    fc.assert(
      fc.property(rates, times, (given, unordered) => {
        const found = passed(
          new Rate(given),
          unordered.toSorted((a, b) => a - b),
        );
        for (const fromMs of found) {
          const within = found.filter((atMs) => atMs >= fromMs && atMs < fromMs + given.perMs);
          if (within.length > given.count + given.burst - 1) return false;
        }
        return true;
      }),
    );
  });

  it('remembers only keys that were used lately, of a million', () => {
    const rate = new Rate({ count: 1, perMs: 100, burst: 1 });
    let most = 0;
    for (let n = 0; n < 1_000_000; n++) {
      rate.take(`key-${n}`, 1, n);
      most = Math.max(most, rate.size);
    }
    expect(most).toBeLessThanOrEqual(101);
    rate.take('last', 1, 2_000_000);
    expect(rate.size).toBeLessThan(101);
  });
});
