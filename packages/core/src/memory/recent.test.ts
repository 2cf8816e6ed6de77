import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

it('remembers a key for exactly its window', () => {
  const recent = new Recent<number>(100);
  recent.set('a', 1, 0);
  recent.set('b', 2, 99);
  recent.set('c', 3, 150);
  expect(recent.get('a', 99)).toBe(1);
  expect(recent.get('a', 100)).toBeUndefined();
  expect(recent.get('b', 198)).toBe(2);
  expect(recent.get('b', 199)).toBeUndefined();
  expect(recent.get('c', 249)).toBe(3);
});

it('remembers the latest of two settings', () => {
  const recent = new Recent<number>(100);
  recent.set('a', 1, 0);
  recent.set('a', 2, 120);
  expect(recent.get('a', 130)).toBe(2);
});
