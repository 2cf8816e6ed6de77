import { expect, it } from 'vitest';
import { ReadWindow } from './read-window.ts';

it('a window lets so many reads go at once, the others in turn, whether they succeed or not', async () => {
  const window = new ReadWindow(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const read = (n: number) => async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    order.push(n);
    if (n % 2 === 1) throw new Error('odd');
    return n;
  };
  const ends = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((n) => window.take(read(n))));
  expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
  expect(await window.take(read(6))).toBe(6);
});
