import { expect, it } from 'vitest';
import { clip, liveBlock, visibleLength } from './live-block.ts';

function blockOf(size: { columns: number; rows: number }) {
  let written = '';
  const block = liveBlock(
    (text) => {
      written += text;
    },
    () => size,
  );
  const take = () => {
    const text = written.replaceAll('\u001b[?2026h', '<').replaceAll('\u001b[?2026l', '>');
    written = '';
    return text;
  };
  return { block, take, size };
}

it('writes over what it drew, and prints logs above', () => {
  const { block, take } = blockOf({ columns: 20, rows: 10 });
  block.draw(['one', 'two']);
  expect(take()).toBe('<\u001b[?25l\rone\u001b[K\ntwo\u001b[K\n\u001b[0J>');
  block.log('note');
  expect(take()).toBe('<\r\u001b[2Anote\u001b[K\none\u001b[K\ntwo\u001b[K\n\u001b[0J>');
  block.draw(['three']);
  expect(take()).toBe('<\r\u001b[2Athree\u001b[K\n\u001b[0J>');
  block.clear();
  expect(take()).toBe('<\r\u001b[1A\u001b[0J>');
  block.end();
  expect(take()).toBe('\u001b[?25h');
  block.log('plain');
  expect(take()).toBe('plain\n');
});

it('goes up over lines that a narrower window has wrapped', () => {
  const { block, take, size } = blockOf({ columns: 20, rows: 10 });
  block.draw(['x'.repeat(20), 'short']);
  take();
  size.columns = 8;
  block.draw(['again']);
  expect(take()).toContain('\u001b[4A'); // three rows of the first line, one of the second
});

it('leaves out the last lines where the window is not high enough', () => {
  const { block, take } = blockOf({ columns: 20, rows: 3 });
  block.draw(['one', 'two', 'three']);
  const text = take();
  expect(text).toContain('two');
  expect(text).not.toContain('three');
});

it('cuts lines by what is visible of them, and keeps their colours whole', () => {
  expect(clip('\u001b[31mabcdef\u001b[39m', 3)).toBe('\u001b[31mabc\u001b[39m');
  expect(clip('abc', 10)).toBe('abc');
  expect(visibleLength('\u001b[31mabc\u001b[39m')).toBe(3);
});
