import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('run at once while no task takes time', () => {
    const turns = new Turns();
    expect(turns.take(() => 1)).toBe(1);
    expect(turns.take(() => 2)).toBe(2);
  });

  it('run each task once, in order, when one takes time', async () => {
    const turns = new Turns();
    const ran: number[] = [];
    let finish = () => {};
    const first = turns.take(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      ran.push(1);
    });
    const second = turns.take(() => ran.push(2));
    expect(ran).toEqual([]);
    finish();
    await Promise.all([first, second]);
    expect(ran).toEqual([1, 2]);
  });

  it('go on after a task that failed, and are synchronous again once all is done', async () => {
    const turns = new Turns();
    const failing = turns.take(() => Promise.reject(new Error('no')));
    const next = turns.take(() => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
    await new Promise((resolve) => setImmediate(resolve));
    expect(turns.take(() => 'now')).toBe('now');
  });
});
