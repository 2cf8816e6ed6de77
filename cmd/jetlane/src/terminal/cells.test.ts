import { expect, it } from 'vitest';
import { clip, cutEnd, cutMiddle, pad, visibleLength, wrap } from './cells.ts';

it('cuts lines by what is visible of them, and keeps their colours whole', () => {
  expect(clip('\u001b[31mabcdef\u001b[39m', 3)).toBe('\u001b[31mabc\u001b[39m');
  expect(clip('abc', 10)).toBe('abc');
  expect(visibleLength('\u001b[31mabc\u001b[39m')).toBe(3);
});

it('counts a wide character as two cells, and one that combines as none', () => {
  expect(visibleLength('漢字')).toBe(4);
  expect(visibleLength('e\u0301')).toBe(1);
  expect(clip('漢字の', 5)).toBe('漢字');
  expect(clip('\u001b[1m漢字\u001b[22mab', 3)).toBe('\u001b[1m漢\u001b[22m');
  expect(pad('漢字', 6)).toBe('漢字  ');
  expect(pad('漢字', 6, 'right')).toBe('  漢字');
});

it('says where something was cut: at the end, or in the middle', () => {
  expect(cutEnd('abcdef', 4)).toBe('abc…');
  expect(cutEnd('漢字の', 5)).toBe('漢字…');
  expect(cutMiddle('billing-europe-1', 9)).toBe('bill…pe-1');
  expect(cutMiddle('billing-europe-2', 9)).toBe('bill…pe-2');
  expect(cutMiddle('漢字のストリーム', 8)).toBe('漢字…ム');
  for (const text of ['abcdef', '漢字のストリーム', 'e\u0301e\u0301e\u0301e\u0301'])
    for (const width of [0, 1, 2, 3, 4, 5]) {
      expect(visibleLength(cutEnd(text, width))).toBeLessThanOrEqual(width);
      expect(visibleLength(cutMiddle(text, width))).toBeLessThanOrEqual(width);
    }
});

it('breaks lines at spaces, and no word', () => {
  expect(wrap('the server cannot start one', 16)).toEqual(['the server', 'cannot start one']);
  expect(wrap('see /a/very/long/path now\nand  then', 8)).toEqual([
    'see',
    '/a/very/long/path',
    'now',
    'and ',
    'then',
  ]);
  expect(wrap('', 8)).toEqual(['']);
  expect(wrap('  in front', 6)).toEqual(['  in', 'front']);
  expect(wrap('\u001b[31mred\u001b[39m or not', 6)).toEqual(['\u001b[31mred\u001b[39m or', 'not']);
});
