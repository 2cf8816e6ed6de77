import { expect, it } from 'vitest';
import { liveBlock, shorten } from './live-block.ts';

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

it('draws everything anew in a window of another size, and what was logged last above it', () => {
  const { block, take, size } = blockOf({ columns: 20, rows: 10 });
  for (let i = 1; i <= 12; i++) block.log(`note ${i}`);
  block.draw(['x'.repeat(20), 'short']);
  take();
  [size.columns, size.rows] = [8, 6];
  block.draw(['again', 'and']);
  expect(take()).toBe(
    '<\u001b[H\u001b[0Jnote 10\u001b[K\nnote 11\u001b[K\nnote 12\u001b[K\nagain\u001b[K\nand\u001b[K\n\u001b[0J>',
  );
  block.draw(['again', 'and']);
  expect(take().startsWith('<\r\u001b[2Aagain')).toBe(true);
  size.rows = 5;
  block.log('a longer one');
  expect(take()).toBe(
    '<\u001b[H\u001b[0Ja longer one\u001b[K\nagain\u001b[K\nand\u001b[K\n\u001b[0J>',
  );
  size.rows = 9;
  block.clear();
  expect(take()).toContain('\u001b[H\u001b[0Jnote 7\u001b');
});

it('clears the rest of a logged line that wraps', () => {
  const { block, take } = blockOf({ columns: 8, rows: 10 });
  block.draw(['12345678', '12345678']);
  take();
  block.log('a longer one');
  expect(take()).toBe('<\r\u001b[2Aa longer one\u001b[K\n12345678\n12345678\n\u001b[0J>');
});

it('stands below what it left standing when it is drawn again', () => {
  const { block, take } = blockOf({ columns: 20, rows: 10 });
  block.draw(['one']);
  block.end();
  take();
  block.draw(['one']);
  expect(take()).toBe('<\u001b[?25l\rone\u001b[K\n\u001b[0J>');
});

it('leaves out the middle of what is too long, and keeps what moves', () => {
  const line = 'debian: fetching the package list of Debian unstable  23.0 MiB  1.0 s';
  expect(shorten(line, 80)).toBe(line);
  const short = shorten(line, 40);
  expect(short).toHaveLength(40);
  expect(short).toMatch(/^debian: .*….*unstable {2}23\.0 MiB {2}1\.0 s$/);
  expect(shorten('no figures at all', 7)).toBe('no …all');
});

it('leaves out the last lines where the window is not high enough', () => {
  const { block, take } = blockOf({ columns: 20, rows: 3 });
  block.draw(['one', 'two', 'three']);
  const text = take();
  expect(text).toContain('two');
  expect(text).not.toContain('three');
});
