import { expect, it } from 'vitest';
import { clip, liveBlock } from './live-block.ts';

it('draws over what it drew, and prints logs above', () => {
  let written = '';
  const block = liveBlock(
    (text) => {
      written += text;
    },
    () => 20,
  );
  block.draw(['one', 'two']);
  expect(written).toBe('\u001b[?25l\r\u001b[0Jone\ntwo\n');
  written = '';
  block.log('note');
  expect(written).toBe('\r\u001b[2A\u001b[0Jnote\none\ntwo\n');
  written = '';
  block.draw(['three']);
  expect(written).toBe('\r\u001b[2A\u001b[0Jthree\n');
  written = '';
  block.end();
  expect(written).toBe('\u001b[?25h');
});

it('cuts lines by what is visible of them, and keeps their colours whole', () => {
  expect(clip('\u001b[31mabcdef\u001b[39m', 3)).toBe('\u001b[31mabc\u001b[39m');
  expect(clip('abc', 10)).toBe('abc');
});
