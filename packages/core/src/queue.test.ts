import { describe, expect, it } from 'vitest';
import { Queue } from './queue.ts';

describe('Queue', () => {
  it('gives back in the order it was given', () => {
    const queue = new Queue<number>();
    for (const item of [1, 2, 3]) queue.push(item);
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3]);
  });

  it('has nothing to give when it is empty, however often it is asked', () => {
    const queue = new Queue<number>();
    expect(queue.peek()).toBeUndefined();
    expect(queue.shift()).toBeUndefined();
    expect(queue.shift()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('shows the first without taking it', () => {
    const queue = new Queue<string>();
    queue.push('first');
    queue.push('second');
    expect(queue.peek()).toBe('first');
    expect(queue.length).toBe(2);
  });

  it('forgets all when it is cleared, and goes on', () => {
    const queue = new Queue<number>();
    queue.push(1);
    queue.clear();
    expect(queue.length).toBe(0);
    queue.push(2);
    expect(queue.shift()).toBe(2);
  });

  it('keeps order and length over many cuts of its front', () => {
    const queue = new Queue<number>();
    let pushed = 0;
    let taken = 0;
    for (let round = 0; round < 200; round++) {
      for (let count = 0; count < 100; count++) queue.push(pushed++);
      for (let count = 0; count < 90; count++) expect(queue.shift()).toBe(taken++);
      expect(queue.length).toBe(pushed - taken);
    }
    while (queue.length > 0) expect(queue.shift()).toBe(taken++);
    expect(taken).toBe(pushed);
  });
});
