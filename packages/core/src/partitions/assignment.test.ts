import { describe, expect, it } from 'vitest';
import { assign } from './assignment.ts';

const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `host/${index}/a${index}`);

function loads(owners: readonly (string | undefined)[]): number[] {
  const counts = new Map<string, number>();
  for (const owner of owners) counts.set(owner ?? '', (counts.get(owner ?? '') ?? 0) + 1);
  return [...counts.values()].sort((a, b) => a - b);
}

describe('the assignment of partitions', () => {
  it.each([1, 2, 3, 4, 7, 15, 16])('is even for %i members', (count) => {
    const counts = loads(assign(names(count), 16));
    expect(counts).toHaveLength(count);
    expect((counts.at(-1) ?? 0) - (counts[0] ?? 0)).toBeLessThanOrEqual(1);
  });

  it('leaves members over where there are more of them than partitions', () => {
    expect(loads(assign(names(9), 4))).toEqual([1, 1, 1, 1]);
  });

  it('is the same whatever the order in which members are known, and however often', () => {
    const members = names(5);
    const again = [...members].reverse().concat(members);
    expect(assign(again, 32)).toEqual(assign(members, 32));
  });

  it('moves little when one member joins', () => {
    const before = assign(names(4), 256);
    const after = assign(names(5), 256);
    const moved = before.filter((owner, partition) => after[partition] !== owner);
    // The fifth takes 51; with quotas some change places among the others.
    expect(moved.length).toBeLessThan(128);
  });

  it('has no owner where nobody is there', () => {
    expect(assign([], 3)).toEqual([undefined, undefined, undefined]);
  });
});
