import { expect, it } from 'vitest';
import { makeStyle, wantsColour } from './style.ts';

it('colours terminals only, unless the environment says otherwise', () => {
  expect(wantsColour(true, {})).toBe(true);
  expect(wantsColour(false, {})).toBe(false);
  expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour(true, { NO_COLOR: '', TERM: 'xterm' })).toBe(true);
  expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
  expect(wantsColour(false, { FORCE_COLOR: '1' })).toBe(true);
  expect(wantsColour(true, { FORCE_COLOR: '0' })).toBe(false);
});

it('returns plain text where colour is off', () => {
  expect(makeStyle(false).red('a')).toBe('a');
  expect(makeStyle(true).red('a')).toBe('\u001b[31ma\u001b[39m');
});
