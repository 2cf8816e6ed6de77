import { app } from '@jetlane/core';
import { expect, it } from 'vitest';
import { pickApp } from './load-app.ts';

it('takes an app that is the default export', () => {
  const shop = app('shop', { streams: [], run: [] });
  expect(pickApp({ default: shop }, 'app.ts')).toBe(shop);
});

it.each([
  [{}, 'app.ts has no default export (it exports nothing); end it with: export default app('],
  [{ shop: 1, other: 2 }, 'app.ts has no default export (it exports shop, other)'],
  [{ default: null }, 'the default export of app.ts is null, not an app'],
  [{ default: [] }, 'is an array, not an app'],
  [{ default: () => {} }, 'is a function, not an app'],
  [{ default: Promise.resolve() }, 'is a promise, not an app'],
  [{ default: { kind: 'stream' } }, 'is a stream, not an app'],
])('says what is there instead: %o', (module, words) => {
  expect(() => pickApp(module, 'app.ts')).toThrow(words);
});
