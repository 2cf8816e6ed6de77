import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumPath } from './chromium.mjs';
import { addressIn, emptyEnvironment, optionsOf, stepOf, verdict } from './newcomer.mjs';
import { root } from './steps.mjs';

describe("a newcomer's run", () => {
  it('takes this clone and 90 seconds unless it is told otherwise', () => {
    expect(optionsOf([])).toEqual({ from: root, goal: 90, keep: false });
    expect(optionsOf(['--from', 'https://example.org/a.git', '--goal', '30', '--keep'])).toEqual({
      from: 'https://example.org/a.git',
      goal: 30,
      keep: true,
    });
  });

  it.each([
    [['--gaol', '9'], /--gaol[\s\S]*usage: npm run newcomer/],
    [['--goal', 'soon'], /--goal must be a number of seconds, not 'soon'/],
  ])('refuses %j in words, as wrong usage', (args, words) => {
    expect(() => optionsOf(args)).toThrow(words);
    expect(() => optionsOf(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('reads steps and the address from what npm start prints, and nothing else', () => {
    expect(stepOf('✓ build 12.4 s')).toBe('build');
    expect(stepOf('✓ dependencies 0.2 s (already installed)')).toBe('dependencies');
    expect(stepOf('  installing dependencies: half a minute')).toBeUndefined();
    expect(addressIn('the map is at http://127.0.0.1:41234/ (Ctrl-C ends it)')).toBe(
      'http://127.0.0.1:41234/',
    );
    expect(addressIn('nats-server 2.15.1 at nats://127.0.0.1:4222')).toBeUndefined();
    expect(addressIn('see https://nodejs.org')).toBeUndefined();
  });

  it('says whether the goal is reached', () => {
    expect(verdict(61_230, 90)).toEqual({
      words: 'total 61.2 s, goal 90 s: reached',
      reached: true,
    });
    expect(verdict(90_001, 90).reached).toBe(false);
  });

  it('leaves nothing of this home, its caches and its servers in the environment', () => {
    const before = { PATH: '/bin', HOME: '/h', npm_config_cache: '/c', NATS_URL: 'nats://a:1' };
    expect(emptyEnvironment(before, '/new', 'https://example.org/')).toEqual({
      PATH: '/bin',
      HOME: join('/new', 'home'),
      USERPROFILE: join('/new', 'home'),
      XDG_CACHE_HOME: join('/new', 'home', '.cache'),
      npm_config_cache: join('/new', 'home', '.npm'),
      npm_config_registry: 'https://example.org/',
    });
  });
});

it('a Chromium is the one that CHROMIUM_PATH names, where it exists', () => {
  expect(chromiumPath({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath);
  expect(chromiumPath({ CHROMIUM_PATH: '/nowhere/chromium' })).not.toBe('/nowhere/chromium');
});
