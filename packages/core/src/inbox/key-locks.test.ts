import { describe, expect, it } from 'vitest';
import { KeyLocks } from './key-locks.ts';

describe('KeyLocks', () => {
  it('lets those who share a key go one after another, and all others at once', async () => {
    const locks = new KeyLocks();
    const order: string[] = [];
    const enter = async (name: string, keys: readonly string[]) => {
      const free = await locks.hold(keys);
      order.push(name);
      return free;
    };
    const first = await enter('first', ['a', 'b']);
    const second = enter('second', ['b', 'c']);
    const third = enter('third', ['c', 'a']);
    (await enter('other', ['d']))();
    expect(order).toEqual(['first', 'other']);
    first();
    (await second)();
    (await third)();
    expect(order).toEqual(['first', 'other', 'second', 'third']);
    expect(locks.size).toBe(0);
  });

  it('costs nothing without keys', async () => {
    const locks = new KeyLocks();
    (await locks.hold([]))();
    expect(locks.size).toBe(0);
  });
});
