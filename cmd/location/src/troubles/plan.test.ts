import { describe, expect, it } from 'vitest';
import { toPlan } from './plan.ts';

describe('planned troubles', () => {
  it('are read in the order of time', () => {
    expect(toPlan('mend@20s, slow:eta@10s+8s,kill:fraud,replay:fraud@1m,twice@2500ms')).toEqual([
      { atMs: 2500, do: 'trouble', order: { kind: 'twice', service: null, forMs: 20_000 } },
      { atMs: 5000, do: 'trouble', order: { kind: 'kill', service: 'fraud', forMs: null } },
      { atMs: 10_000, do: 'trouble', order: { kind: 'slow', service: 'eta', forMs: 8000 } },
      { atMs: 20_000, do: 'mend' },
      { atMs: 60_000, do: 'replay', service: 'fraud' },
    ]);
  });

  it.each([
    ['', '"" is no trouble: write them like kill:fraud@5s'],
    ['kill:fraud@soon', '"kill:fraud@soon" is no trouble'],
    ['kill:fraud@5', '"kill:fraud@5" is no trouble'],
    ['kill:fraud@1s', 'a trouble comes 2 s into the run or later'],
    ['kill', '"kill" is for one of matching, eta, fraud, surge'],
    ['burn:fraud', 'no trouble "burn"'],
    ['mend:fraud', 'mend ends every trouble'],
    ['replay@5s', 'replay is for one of matching'],
    ['kill:fraud+3s', 'it has no length'],
    [Array(51).fill('twice').join(), '50 troubles at most'],
  ])('are refused in words: %s', (text, words) => {
    expect(() => toPlan(text)).toThrow(words);
  });
});
