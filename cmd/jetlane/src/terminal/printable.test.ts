import { describe, expect, it } from 'vitest';
import { oneLine, printable, toJsonText } from './printable.ts';

describe('text from elsewhere', () => {
  it('can neither move the cursor nor turn the reading direction', () => {
    expect(printable('a\u001b[2Jb\u009bc\u202ed\r')).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\r');
  });

  it('keeps its lines, unless it must be one', () => {
    expect(printable('a\n\tb')).toBe('a\n\tb');
    expect(oneLine('a\n\tb')).toBe('a\\n\\tb');
  });

  it('keeps letters of every script', () => {
    expect(oneLine('žluťoučký кůň 馬')).toBe('žluťoučký кůň 馬');
  });

  it('becomes JSON whatever it holds', () => {
    const value = {
      big: 1n,
      bytes: new Uint8Array([1, 2]),
      buffer: Buffer.from('hi'),
      map: new Map([['a', 1]]),
      set: new Set([1]),
    };
    expect(JSON.parse(toJsonText(value))).toEqual({
      big: '1',
      bytes: 'AQI=',
      buffer: 'aGk=',
      map: { a: 1 },
      set: [1],
    });
    expect(toJsonText(undefined)).toBe('null');
    const time = new Date(0);
    expect(toJsonText({ time, gone: undefined, list: [undefined, null, Number.NaN] })).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","list":[null,null,null]}',
    );
  });
});
