import { patternCovers, patternsOverlap } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import {
  deadLetterSubject,
  deadLetterSubjects,
  originalSubject,
  replaySubject,
  trialSubject,
} from './subjects.ts';

function worker(deadLetter: string | false) {
  return { name: 'billing', stream: { name: 'ORDERS' }, deadLetter };
}

describe('subjects of Jetlane', () => {
  it.each(['DLQ', 'ORDERS_DLQ'])(
    'of stream %s cover its dead letters and trial markers',
    (name) => {
      for (const subject of [
        deadLetterSubject(worker(name)),
        trialSubject(worker(name), { seq: 7, timeMs: 1 }),
      ]) {
        expect(deadLetterSubjects(name).some((each) => patternCovers(each, subject))).toBe(true);
      }
    },
  );

  it('of two dead letter streams never overlap', () => {
    for (const left of deadLetterSubjects('DLQ')) {
      for (const right of deadLetterSubjects('ORDERS_DLQ')) {
        expect(patternsOverlap(left, right)).toBe(false);
      }
    }
  });

  it('keep trial markers in DLQ for a worker without dead letters', () => {
    expect(trialSubject(worker(false), { seq: 7, timeMs: 5 })).toBe('_jl.trial.ORDERS.billing.7-5');
  });

  it('lead from a replay back to the original', () => {
    const subject = replaySubject('ORDERS', 'billing', 'orders.placed.1');
    expect(subject).toBe('_jl.ORDERS.billing.orders.placed.1');
    expect(originalSubject(worker('DLQ'), subject)).toBe('orders.placed.1');
    expect(originalSubject(worker('DLQ'), 'orders.placed.1')).toBe('orders.placed.1');
    expect(originalSubject(worker('DLQ'), '_jl.ORDERS.audit.x')).toBe('_jl.ORDERS.audit.x');
  });
});
