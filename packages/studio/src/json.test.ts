import { describe, expect, it } from 'vitest';
import { flattenJson, indentJson, roundedInteger } from './json.ts';

describe('JSON laid out anew', () => {
  it('looks as JSON.stringify would have it', () => {
    const values = [
      null,
      'text, [with] {all}: "of it" \\',
      [],
      {},
      [[], {}, [1, [2]]],
      { a: { b: [true, false, null] }, '': '', 'x:y': 'é😀' },
    ];
    for (const value of values) {
      for (const space of [undefined, 2, '\t']) {
        const text = JSON.stringify(value, null, space);
        expect(indentJson(text)).toBe(JSON.stringify(value, null, 2));
        expect(flattenJson(text)).toBe(JSON.stringify(value));
      }
    }
  });

  it('keeps numbers as they were written', () => {
    const text = '[9007199254740993,-18446744073709551615,1.10,1e400,-0,0.1000000000000000055]';
    expect(flattenJson(indentJson(text))).toBe(text);
  });

  it('makes escapes readable that need not be', () => {
    expect(flattenJson('{"caf\\u00e9":"\\u0041\\/\\n\\ud800"}')).toBe('{"café":"A/\\n\\ud800"}');
  });

  it('takes long texts', () => {
    const text = JSON.stringify(['x'.repeat(1_000_000), '\\"'.repeat(500_000)]);
    expect(flattenJson(text)).toBe(text);
  });
});

describe('an integer that a number of JavaScript would round', () => {
  it('is found, and one that it would not is none', () => {
    expect(roundedInteger('{"a":[1,9007199254740992,-9007199254740993]}')).toBe(
      '-9007199254740993',
    );
    for (const digits of [310, 400, 100_000])
      expect(roundedInteger(`[${'9'.repeat(digits)}]`)).toBe(`${'9'.repeat(40)}…`);
  });

  it('is none in text, in a name, in fractions, or where all digits are kept', () => {
    const text =
      '{"9007199254740993":"9007199254740993","b":1.10,"c":1e400,"d":10000000000000000000000}';
    expect(roundedInteger(text)).toBeUndefined();
  });
});
