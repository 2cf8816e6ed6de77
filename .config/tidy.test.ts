import { describe, expect, it } from 'vitest';
import { rules } from './tidy/rules.ts';
import { repository } from './tidy/source.ts';

describe('the repository is tidy', () => {
  const tree = repository();

  it('has programs to look at', () => {
    expect(tree.sources.length).toBeGreaterThan(10);
  });

  for (const { sentence, offenders } of rules) {
    it(sentence, () => {
      expect(offenders(tree)).toEqual([]);
    });
  }
});
