import { expect, it } from 'vitest';
import { climb, whyBroken } from './knee.ts';

const fine = { achievedPerSecond: 1_000, p99Us: 900, missing: 0, failed: 0 };

it('climbs by half until the latency breaks, and keeps what was held before', async () => {
  const tried: number[] = [];
  const step = (rate: number) => {
    tried.push(rate);
    return Promise.resolve({ ...fine, achievedPerSecond: rate, p99Us: rate > 3_000 ? 2e5 : 500 });
  };
  const { held, broken } = await climb(1_000, 1e5, step, new AbortController().signal);
  expect(tried).toEqual([1_000, 1_500, 2_300, 3_500]);
  expect(held?.rate).toBe(2_300);
  expect(broken).toEqual({ rate: 3_500, why: 'p99 200 ms, over 100 ms' });
});

it('a rate that the sender cannot reach, that is refused or does not arrive, is not held', () => {
  expect(whyBroken(1_000, fine, 1e5)).toBeUndefined();
  expect(whyBroken(2_000, fine, 1e5)).toBe('only 1000 of 2000 a second could be sent');
  expect(whyBroken(1_000, { ...fine, missing: 3 }, 1e5)).toBe('3 messages had not arrived in time');
  expect(whyBroken(1_000, { ...fine, failed: 2 }, 1e5)).toBe('2 messages were refused');
  expect(whyBroken(1_000, { achievedPerSecond: 1_000 }, 1e5)).toContain('p99 Infinity');
});

it('comes to an end where nothing breaks, and when it is interrupted', async () => {
  let steps = 0;
  const step = (rate: number) => {
    steps++;
    return Promise.resolve({ ...fine, achievedPerSecond: rate });
  };
  expect((await climb(1, 1e5, step, new AbortController().signal)).broken).toBeUndefined();
  expect(steps).toBe(24);
  const stop = new AbortController();
  stop.abort();
  expect(await climb(1, 1e5, step, stop.signal)).toEqual({ held: undefined, broken: undefined });
});
