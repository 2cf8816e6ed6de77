import { expect, it } from 'vitest';
import { DueHeap } from './due-heap.ts';

it('gives out what is due, earliest first, equals in the order given', () => {
  const heap = new DueHeap<string>();
  for (const [dueMs, value] of [
    [5, 'e'],
    [1, 'a'],
    [3, 'c1'],
    [3, 'c2'],
    [2, 'b'],
    [9, 'z'],
  ] as const)
    heap.push(dueMs, value);
  const out: unknown[] = [];
  for (let one = heap.popDue(5); one; one = heap.popDue(5)) out.push(one);
  expect(out).toEqual(['a', 'b', 'c1', 'c2', 'e']);
  expect(heap.nextMs).toBe(9);
});

it('stays in order after a sweep', () => {
  const heap = new DueHeap<number>();
  for (let i = 0; i < 200; i++) heap.push((i * 73) % 200, (i * 73) % 200);
  heap.retain((value) => value % 2 === 0);
  const out: number[] = [];
  for (let one = heap.popDue(1e9); one !== undefined; one = heap.popDue(1e9)) out.push(one);
  expect(out).toEqual(Array.from({ length: 100 }, (_, i) => i * 2));
});
