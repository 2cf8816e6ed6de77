import { expect, it } from 'vitest';
import { recovery } from './recovery.ts';

/** Something done every 10 ms from `fromMs` up to `toMs`. */
function steady(fromMs: number, toMs: number, everyMs = 10): number[] {
  const count = Math.floor((toMs - fromMs) / everyMs);
  return Array.from({ length: count }, (_, index) => fromMs + index * everyMs);
}

it('counts from healing to the first of a good second', () => {
  const times = [...steady(0, 5_000), ...steady(6_500, 9_000)];
  const found = recovery(times, [{ beganAtMs: 5_000, healedAtMs: 6_000 }]);
  expect(found).toEqual({ undisturbedPerSecond: 100, recoveredMs: [500], worstMs: 500 });
});

it('does not take a slow second for a good one', () => {
  const times = [...steady(0, 5_000), ...steady(6_000, 8_000, 20), ...steady(8_000, 10_000)];
  const { worstMs } = recovery(times, [{ beganAtMs: 5_000, healedAtMs: 6_000 }]);
  // From 7.9 s on, a second holds 95 of 100.
  expect(worstMs).toBe(1_900);
});

it('tells the worst of several, and nothing when one was never seen to recover', () => {
  const times = [...steady(0, 5_000), ...steady(6_200, 9_000), ...steady(10_700, 12_000)];
  const first = { beganAtMs: 5_000, healedAtMs: 6_000 };
  const second = { beganAtMs: 9_000, healedAtMs: 10_000 };
  expect(recovery(times, [first, second])).toMatchObject({ recoveredMs: [200, 700], worstMs: 700 });
  const third = { beganAtMs: 12_000, healedAtMs: 12_500 };
  const found = recovery(times, [first, second, third]);
  expect(found).toMatchObject({ recoveredMs: [200, 700, null], worstMs: null });
});

it('has nothing to tell where nothing was done or nothing happened', () => {
  const fault = { beganAtMs: 5_000, healedAtMs: 6_000 };
  expect(recovery([], [fault])).toEqual({
    undisturbedPerSecond: 0,
    recoveredMs: [null],
    worstMs: null,
  });
  expect(recovery(steady(0, 2_000), []).worstMs).toBeNull();
});
