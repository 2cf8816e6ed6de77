import { describe, expect, it } from 'vitest';
import { lastMatch, latestStart } from './previous-matches.ts';
import type { StoredMessage } from './stored-message.ts';

/** Counts what lies from a sequence on, and how often it was asked. */
function counter(sequences: readonly number[], to: number) {
  const counted = {
    asked: 0,
    count: async (seq: number) => {
      counted.asked += 1;
      return sequences.filter((each) => each >= seq && each <= to).length;
    },
  };
  return counted;
}

const every = (step: number, last: number) =>
  Array.from({ length: Math.floor(last / step) }, (_, index) => (index + 1) * step);

describe('where a page begins that ends at a sequence', () => {
  it('is found at once where every message matches', async () => {
    const { count } = counter(every(1, 1_000), 900);
    expect(await latestStart({ first: 1, to: 900, limit: 50 }, count)).toBe(851);
  });

  it('is the first message where fewer match', async () => {
    const { count } = counter([3, 500], 1_000);
    expect(await latestStart({ first: 1, to: 1_000, limit: 50 }, count)).toBe(1);
    expect(await latestStart({ first: 40, to: 60, limit: 50 }, counter([], 60).count)).toBe(40);
  });

  it.each([7, 100, 3_000])('takes few questions where one message in %i matches', async (step) => {
    const to = step * 3_000;
    const counted = counter(every(step, to), to);
    const start = await latestStart({ first: 1, to, limit: 50 }, counted.count);
    expect(await counted.count(start)).toBeGreaterThanOrEqual(50);
    expect(await counted.count(start)).toBeLessThanOrEqual(114);
    expect(counted.asked).toBeLessThan(12);
  });

  it('is found where all that matches lies in one heap', async () => {
    const heap = Array.from({ length: 5_000 }, (_, index) => 40_000 + index);
    const counted = counter(heap, 1_000_000_000);
    const start = await latestStart({ first: 1, to: 1_000_000_000, limit: 200 }, counted.count);
    expect(await counted.count(start)).toBeGreaterThanOrEqual(200);
    expect(await counted.count(start)).toBeLessThanOrEqual(264);
    expect(counted.asked).toBeLessThan(45);
  });
});

describe('the last match before a sequence', () => {
  const found = (sequences: readonly number[], first: number, to: number) =>
    lastMatch(first, to, async (seq) => {
      const match = sequences.find((each) => each >= seq);
      return match === undefined ? undefined : ({ seq: match } as StoredMessage);
    });

  it('is found wherever it is', async () => {
    for (const sequences of [[1], [5], [1, 5, 99], [98, 99], every(7, 99), every(1, 99)])
      for (const to of [1, 5, 50, 98, 99, 120]) {
        const expected = sequences.filter((each) => each <= to).at(-1);
        expect((await found(sequences, 1, to))?.seq).toBe(expected);
      }
  });

  it('is none where only later ones match', async () => {
    expect(await found([90], 1, 50)).toBeUndefined();
    expect(await found([], 1, 50)).toBeUndefined();
  });
});
