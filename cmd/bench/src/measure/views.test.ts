import { expect, it } from 'vitest';
import { viewersByKey, viewsOf } from './views.ts';

it('viewers are spread evenly, seven keys each', () => {
  const looking = viewersByKey({ viewers: 200, keys: 1_000 });
  expect(looking).toHaveLength(1_000);
  expect(looking.reduce((sum, count) => sum + count)).toBe(1_400);
  expect([Math.min(...looking), Math.max(...looking)]).toEqual([1, 2]);
});

it('where there are fewer keys, each viewer looks at all of them once', () => {
  expect(viewersByKey({ viewers: 2, keys: 3 })).toEqual([2, 2, 2]);
});

it('messages whose keys take turns are seen as often as somebody looks', () => {
  expect(viewsOf({ viewers: 1, keys: 10 }, 0, 20)).toBe(14);
  expect(viewsOf({ viewers: 1, keys: 10 }, 7, 10)).toBe(0);
  expect(viewsOf({ viewers: 0, keys: 10 }, 0, 20)).toBe(0);
});
