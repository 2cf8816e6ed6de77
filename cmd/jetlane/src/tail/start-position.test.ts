import { expect, it } from 'vitest';
import { latestStart } from './start-position.ts';

/** A stream whose matching messages have these sequences. */
const counting = (matching: readonly number[]) => async (seq: number) =>
  matching.filter((each) => each >= seq).length;

it('finds where the last matching messages begin', async () => {
  const matching = [3, 10, 500, 90_000];
  expect(await latestStart(1, 100_000, 1, counting(matching))).toBe(90_000);
  expect(await latestStart(1, 100_000, 3, counting(matching))).toBe(10);
});

it('begins at the first when there are fewer', async () => {
  expect(await latestStart(1, 100, 5, counting([7]))).toBe(1);
  expect(await latestStart(40, 100, 5, counting([]))).toBe(40);
});

it('asks once where every message matches', async () => {
  let asked = 0;
  const all = async (seq: number) => {
    asked++;
    return 1_000_000 - seq + 1;
  };
  expect(await latestStart(1, 1_000_000, 10, all)).toBe(999_991);
  expect(asked).toBe(1);
});
