import { describe, expect, it } from 'vitest';
import type { Outcome } from './fault.ts';
import { verdict } from './verdict.ts';

const fine: Outcome = {
  acked: 10,
  lost: 0,
  redelivered: 3,
  duplicates: 2,
  doubleEffects: 0,
  orderInversions: 0,
  faultsInjected: 1,
  recoveredMs: null,
  safe: [{ says: 'all is well', holds: true, found: '10 of 10' }],
  bite: [{ says: 'it hurt', holds: true, found: 'once' }],
  figures: {},
};

describe('a run', () => {
  it('is ok when it was safe and the fault bit, whatever came again and however long it took', () => {
    expect(verdict(fine)).toEqual({ ok: true, problems: [] });
    expect(verdict({ ...fine, recoveredMs: 1e9, duplicates: 10 }).ok).toBe(true);
  });

  it.each([
    ['lost', 'not safe: 1 acknowledged and lost, expected 0'],
    ['doubleEffects', 'not safe: 1 double effects, expected 0'],
    ['orderInversions', 'not safe: 1 order inversions, expected 0'],
  ])('is not ok with %s', (count, problem) => {
    expect(verdict({ ...fine, [count]: 1 })).toEqual({ ok: false, problems: [problem] });
  });

  it('is not ok when what must hold does not', () => {
    const safe = [{ says: 'nothing is stored twice', holds: false, found: '2 of 10' }];
    expect(verdict({ ...fine, safe }).problems).toEqual([
      'not safe: it does not hold that nothing is stored twice (2 of 10)',
    ]);
  });

  it('is not ok when the fault did not bite', () => {
    const bite = [{ says: 'a leader was elected', holds: false, found: 'none' }];
    expect(verdict({ ...fine, bite }).problems).toEqual([
      'the fault did not bite: it does not hold that a leader was elected (none)',
    ]);
    expect(verdict({ ...fine, bite: [] }).ok).toBe(false);
    expect(verdict({ ...fine, faultsInjected: 0 }).ok).toBe(false);
  });
});
