import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { difference, fullScreen, hasFullScreen } from './full-screen.ts';
import type { Key } from './keys.ts';

it('writes only the lines that changed, and clears what is below', () => {
  expect(difference([], ['a', 'b'], 9)).toBe('\u001b[1;1Ha\u001b[K\u001b[2;1Hb\u001b[K');
  expect(difference(['a', 'b'], ['a', 'c'], 9)).toBe('\u001b[2;1Hc\u001b[K');
  expect(difference(['a', 'b'], ['a'], 9)).toBe('\u001b[2;1H\u001b[0J');
  expect(difference(['a'], ['a'], 9)).toBe('');
  // On a line that is full the cursor stands on its last character.
  expect(difference([], ['abc'], 3)).toBe('\u001b[1;1Habc');
});

it('takes the terminal, hears keys, and gives it back', async () => {
  const { stdin, stdout, written, modes } = terminal();
  const keys: Key[] = [];
  const screen = fullScreen({ stdin, stdout, onKey: (key) => keys.push(key), onResize() {} });
  screen.draw(['a line that is too long for it']);
  expect(written()).toContain('\u001b[?1049h');
  expect(written()).toContain('\u001b[1;1Ha line that');
  (stdin as unknown as PassThrough).write('q\u0003\u001b[A');
  await expect.poll(() => keys.length).toBe(3);
  expect(keys[0]).toEqual({ name: 'q', text: 'q', ctrl: false });
  expect(keys[1]).toMatchObject({ name: 'c', ctrl: true });
  expect(keys[2]).toMatchObject({ name: 'up' });
  screen.close();
  expect(written()).toContain('\u001b[?1049l');
  expect(modes).toEqual([true, false]);
});

it('is only for terminals that take keys', () => {
  const { stdin, stdout } = terminal();
  expect(hasFullScreen({ stdin, stdout }, {})).toBe(true);
  expect(hasFullScreen({ stdin, stdout }, { TERM: 'dumb' })).toBe(false);
  expect(hasFullScreen({ stdin: Object.assign(stdin, { isTTY: false }), stdout }, {})).toBe(false);
});

function terminal() {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => void modes.push(on),
  }) as unknown as NodeJS.ReadStream;
  let text = '';
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 11, rows: 5 });
  stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  return {
    stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    modes,
    written: () => text,
  };
}
