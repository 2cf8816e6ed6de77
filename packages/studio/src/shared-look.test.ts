import { expect, it } from 'vitest';
import { SharedLooks } from './shared-look.ts';

it('looks once for all who ask at the same time, and anew when it was cleared', async () => {
  let looks = 0;
  const shared = new SharedLooks(async (key) => `${key} ${++looks}`, 60_000);
  expect(await Promise.all([shared.at('a'), shared.at('a'), shared.at('b')])).toEqual([
    'a 1',
    'a 1',
    'b 2',
  ]);
  expect(await shared.at('a')).toBe('a 1');
  shared.clear();
  expect(await shared.at('a')).toBe('a 3');
});

it('does not keep a look that is no longer fresh, or that failed', async () => {
  let looks = 0;
  const look = async () => {
    looks += 1;
    if (looks === 1) throw new Error('no');
    return looks;
  };
  const shared = new SharedLooks(look, 0, () => 5);
  await expect(shared.at('a')).rejects.toThrow('no');
  expect(await shared.at('a')).toBe(2);
  expect(await shared.at('a')).toBe(3);
});

it('takes one that costs much more seldom', async () => {
  let nowMs = 0;
  let looks = 0;
  const look = async () => {
    nowMs += 3000;
    return ++looks;
  };
  const shared = new SharedLooks(look, 2000, () => nowMs);
  expect(await shared.at('a')).toBe(1);
  nowMs += 11_999;
  expect(await shared.at('a')).toBe(1);
  nowMs += 1;
  expect(await shared.at('a')).toBe(2);
});

it('does not keep looks without end', async () => {
  const looked: string[] = [];
  const shared = new SharedLooks(async (key) => void looked.push(key), 60_000);
  for (let i = 0; i < 40; i++) await shared.at(`key ${i}`);
  await shared.at('key 39');
  await shared.at('key 0');
  expect(looked).toHaveLength(41);
});
