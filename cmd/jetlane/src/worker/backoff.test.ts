import { expect, it } from 'vitest';
import { restartDelayMs } from './backoff.ts';

it('doubles from 200 ms to 30 s, half of it by chance', () => {
  expect([1, 2, 3, 8, 9, 1000].map((failures) => restartDelayMs(failures, 1))).toEqual([
    200, 400, 800, 25_600, 30_000, 30_000,
  ]);
  expect(restartDelayMs(1, 0)).toBe(100);
  expect(restartDelayMs(1000, 0)).toBe(15_000);
});
