import { expect, it } from 'vitest';
import { attemptOf } from './trouble.ts';

const shares = [0, 0.2, 0.4, 0.6, 0.7, 1, 1.5, -0.1];

it('a healthy payment never fails', () => {
  for (const share of shares) expect(attemptOf('healthy', 1, 1, share).fails).toBe(false);
});

it('an outage fails every attempt of the middle third, and none before or after', () => {
  expect(shares.map((share) => attemptOf('outage', 7, 1, share).fails)).toEqual([
    false,
    false,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it('a slow payment takes longer in the middle third only', () => {
  const usual = attemptOf('slow', 1, 1, 0).takesMs;
  expect(attemptOf('slow', 1, 1, 0.5).takesMs).toBeGreaterThan(usual * 10);
  expect(attemptOf('slow', 1, 1, 0.9).takesMs).toBe(usual);
});

it('about every tenth attempt of a flaky payment fails, the same in every run, and rarely twice in a row', () => {
  const numbers = Array.from({ length: 10_000 }, (_, n) => n);
  const first = numbers.filter((n) => attemptOf('flaky', n, 1, 0).fails);
  expect(first.length / numbers.length).toBeGreaterThan(0.08);
  expect(first.length / numbers.length).toBeLessThan(0.12);
  expect(numbers.filter((n) => attemptOf('flaky', n, 1, 0.9).fails)).toEqual(first);
  const again = first.filter((n) => attemptOf('flaky', n, 2, 0).fails);
  expect(again.length).toBeLessThan(first.length / 5);
});
