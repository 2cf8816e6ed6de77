import { describe, expect, it } from 'vitest';
import { publishProblems } from './bulk-options.ts';

describe('publishProblems', () => {
  it('says where the options of a message belong', () => {
    expect(publishProblems([], { delay: '5s', id: 'a', atomik: true })).toEqual([
      'delay goes with the message, not with publish(): OrderPlaced({ ... }, { delay })',
      'id goes with the message, not with publish(): OrderPlaced({ ... }, { id })',
      'atomik is no option: did you mean atomic?',
    ]);
  });

  it('finds nothing wrong with a batch', () => {
    expect(publishProblems([], { atomic: true })).toEqual([]);
  });
});
