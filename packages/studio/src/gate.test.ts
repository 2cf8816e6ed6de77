import { expect, it } from 'vitest';
import { Gate } from './gate.ts';

it('lets some run, others wait in their order, and refuses the rest', async () => {
  const gate = new Gate({ running: 2, waiting: 2 });
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const work = (number: number) =>
    gate.run(() => {
      begun.push(number);
      return new Promise<void>((resolve) => finish.push(resolve));
    });
  const all = [work(1), work(2), work(3), work(4)];
  await expect(work(5)).rejects.toMatchObject({ status: 503, code: 'BUSY' });
  expect(begun).toEqual([1, 2]);
  for (let i = 0; i < 4; i++) {
    finish[i]?.();
    await all[i];
    await Promise.resolve();
  }
  expect(begun).toEqual([1, 2, 3, 4]);
});

it('gives the place back when work fails', async () => {
  const gate = new Gate({ running: 1, waiting: 1 });
  await expect(gate.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.run(async () => 'yes')).toBe('yes');
});
