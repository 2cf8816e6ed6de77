import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { patternCovers, patternProblems, patternsOverlap, subjectMatches } from './pattern.ts';

describe('subjectMatches', () => {
  test.each([
    ['orders.>', 'orders.placed', true],
    ['orders.>', 'orders.placed.o-1', true],
    ['orders.>', 'orders', false],
    ['orders.*', 'orders.placed', true],
    ['orders.*', 'orders.placed.o-1', false],
    ['*.placed', 'orders.placed', true],
    ['orders.placed', 'orders.paid', false],
    ['>', 'a', true],
  ])('%s stands for %s: %s', (pattern, subject, is) => {
    expect(subjectMatches(pattern, subject)).toBe(is);
  });
});

describe('patternCovers', () => {
  test.each([
    ['orders.>', 'orders.>', true],
    ['orders.>', 'orders.*.x', true],
    ['orders.*', 'orders.>', false],
    ['orders.*.>', 'orders.>', false],
    ['*.*', 'orders.*', true],
    ['orders.*', '*.*', false],
    ['>', '>', true],
  ])('%s covers %s: %s', (outer, inner, is) => expect(patternCovers(outer, inner)).toBe(is));
});

describe('patternsOverlap', () => {
  test.each([
    ['orders.>', 'orders.placed', true],
    ['orders.>', 'orders', false],
    ['*.placed', 'orders.*', true],
    ['a.*', 'b.*', false],
    ['a.*.c', 'a.b', false],
    ['>', 'x.y', true],
  ])('%s overlaps %s: %s', (a, b, is) => {
    expect(patternsOverlap(a, b)).toBe(is);
    expect(patternsOverlap(b, a)).toBe(is);
  });
});

describe('patterns agree with what they stand for', () => {
  const token = fc.constantFrom('a', 'b', 'c');
  const subject = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
  const pattern = fc
    .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 3 }), fc.boolean(), token)
    .map(([tokens, open, last]) => [...tokens, open ? '>' : last].join('.'));

  test('what covers a pattern matches all that the pattern matches', () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (outer, inner, s) => {
        fc.pre(patternCovers(outer, inner) && subjectMatches(inner, s));
        return subjectMatches(outer, s);
      }),
    );
  });

  test('two patterns that match one subject overlap', () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (a, b, s) => {
        fc.pre(subjectMatches(a, s) && subjectMatches(b, s));
        return patternsOverlap(a, b);
      }),
    );
  });

  test('overlapping patterns share a subject', () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        fc.pre(patternsOverlap(a, b));
        return [...subjectsUpTo(5)].some((s) => subjectMatches(a, s) && subjectMatches(b, s));
      }),
      { numRuns: 60 },
    );
  });

  test('nothing is wrong with a proper pattern', () => {
    fc.assert(fc.property(pattern, (p) => patternProblems(p).length === 0));
  });
});

describe('patternProblems', () => {
  test.each([
    ['', /must not be empty/],
    ['a..b', /empty token/],
    ['.a', /empty token/],
    ['a.>.b', /only as its last token/],
    ['a.b*', /token "b\*"/],
    ['a b', /white space/],
    ['a.\u2003', /white space/],
    ['a.\u0000', /control/],
    ['x'.repeat(300), /under 256 characters, not 300/],
    [Array(17).fill('a').join('.'), /at most 16 tokens, not 17/],
    [5 as unknown as string, /must be text/],
  ])('names what is wrong with %j', (pattern, words) => {
    expect(patternProblems(pattern).join('\n')).toMatch(words);
  });
});

function* subjectsUpTo(length: number): Generator<string> {
  let level = ['a', 'b', 'c'];
  for (let i = 0; i < length; i++) {
    yield* level;
    level = level.flatMap((s) => ['a', 'b', 'c'].map((t) => `${s}.${t}`));
  }
}
