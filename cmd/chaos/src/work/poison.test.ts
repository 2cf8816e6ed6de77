import { expect, it } from 'vitest';
import { isPoison, type Poison, poisonAmong } from './poison.ts';

it.each<[Omit<Poison, 'how'>, number[]]>([
  [{ every: 1, from: 0 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  [{ every: 3, from: 2 }, [2, 5, 8]],
  [{ every: 3, from: 2, max: 2 }, [2, 5]],
  [{ every: 100, from: 9 }, [9]],
  [{ every: 100, from: 10 }, []],
])('chooses tasks and counts them: %o', (which, expected) => {
  const poison: Poison = { ...which, how: 'throws' };
  const numbers = Array.from({ length: 10 }, (_, number) => number);
  expect(numbers.filter((number) => isPoison(number, poison))).toEqual(expected);
  expect(poisonAmong(10, poison)).toBe(expected.length);
});

it('finds none where there is no poison', () => {
  expect(isPoison(0, undefined)).toBe(false);
});
