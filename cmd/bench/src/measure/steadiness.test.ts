import { expect, it } from 'vitest';
import { type Interval, verdict } from './steadiness.ts';

const calm: Interval = {
  atS: 0,
  count: 5_000,
  p50Us: 300,
  p99Us: 2_000,
  lag: 0,
  publisherHeapMiB: 12,
  workerHeapMiB: 14,
  publisherResidentMiB: 80,
  workerResidentMiB: 90,
};

const run = (change: (i: number) => Partial<Interval>) =>
  Array.from({ length: 16 }, (_, i) => ({ ...calm, ...change(i) }));

it('a run whose last quarter is like its second is steady, whatever the first was', () => {
  const { steady, words } = verdict(
    run((i) => (i < 4 ? { p99Us: 90_000 } : {})),
    5_000,
  );
  expect(steady).toBe(true);
  expect(words[0]).toContain('steady at 5,000/s');
});

it('what grows is named, with how much', () => {
  const leak = verdict(
    run((i) => ({ workerHeapMiB: 14 + i })),
    5_000,
  );
  expect(leak).toEqual({
    steady: false,
    words: ['NOT STEADY', 'heap of the worker grew from 19.5 to 27.5'],
  });
  const slow = verdict(
    run((i) => ({ p99Us: 2_000 + i * i * 1_000 })),
    5_000,
  );
  expect(slow.words[1]).toBe('p99 grew from 32500.0 to 184500.0');
  expect(slow.steady).toBe(false);
});

it('one interval with messages not handled is not steady', () => {
  const { steady, words } = verdict(
    run((i) => ({ lag: i === 7 ? 3 : 0 })),
    5_000,
  );
  expect(steady).toBe(false);
  expect(words).toContain('1 of 16 intervals ended with messages not handled');
});

it('a short run does not claim what it cannot know', () => {
  const { steady, words } = verdict([calm, calm], 5_000);
  expect(steady).toBe(true);
  expect(words[0]).toContain('run it for longer');
});
