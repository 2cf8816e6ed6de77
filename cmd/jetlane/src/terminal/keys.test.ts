import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Key, listenToKeys } from './keys.ts';

function keyboard() {
  const stdin = new PassThrough();
  const keys: Key[] = [];
  const stop = listenToKeys(stdin as unknown as NodeJS.ReadStream, (key) => keys.push(key));
  const pressed = () => keys.map(({ name, text, ctrl }) => (ctrl ? `^${name}` : (name ?? text)));
  return { type: (text: string) => stdin.write(text), keys, pressed, stop };
}

it.each([
  ['q', ['q']],
  ['\u0003', ['^c']],
  ['\u001b[A', ['up']],
  ['\u001b[1;3A', ['up']],
  ['\u001bq', ['escape', 'q']],
  ['\u001bG', ['escape', 'g']],
  ['\u001b/ma', ['escape', '/', 'm', 'a']],
  ['\u001b漢', ['escape', '漢']],
  ['\u001b\u0003', ['escape', '^c']],
  ['\u001b\r', ['escape', 'return']],
  ['\u001b\u007f', ['escape', 'backspace']],
  ['\u001b ', ['escape', 'space']],
  ['\u001b\u001b[A', ['escape', 'up']],
  ['\u001b\u001bq', ['escape', 'escape', 'q']],
])('%j is %j: no key is lost', async (typed, names) => {
  const { type, pressed } = keyboard();
  type(typed);
  await expect.poll(pressed).toEqual(names);
});

it('tells what was typed behind Escape', async () => {
  const { type, keys } = keyboard();
  type('\u001bG');
  await expect.poll(() => keys.length).toBe(2);
  expect(keys[1]).toEqual({ name: 'g', text: 'G', ctrl: false });
});

it('tells Escape alone before a person could press another key', async () => {
  const { type, pressed } = keyboard();
  type('\u001b');
  // A timer that was started before a longer one ends before it, however busy the machine is.
  await delay(200);
  expect(pressed()).toEqual(['escape']);
});

it('is quiet once it was stopped', async () => {
  const { type, pressed, stop } = keyboard();
  type('a');
  await expect.poll(pressed).toEqual(['a']);
  stop();
  type('b');
  await delay(1);
  expect(pressed()).toEqual(['a']);
});
