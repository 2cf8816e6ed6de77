import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needed, published, workspaces } from './workspaces.mjs';

let place = '';
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'workspaces-test-'));
  manifest('.', { workspaces: ['packages/*', 'streams'] });
  manifest('packages/a-page', { name: 'page', dependencies: { core: '1', hono: '4' } });
  manifest('packages/core', { name: 'core', dependencies: { streams: '1' } });
  manifest('packages/tool', { name: 'tool', private: true });
  manifest('streams', { name: 'streams' });
  mkdirSync(join(place, 'packages/empty'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

it('are found where the root says', () => {
  const homes = workspaces(place).map(({ home }) => home);
  expect(homes).toEqual(['packages/a-page', 'packages/core', 'packages/tool', 'streams']);
});

it('are published behind what they depend on, private ones not', () => {
  expect(names(published(workspaces(place)))).toEqual(['streams', 'core', 'page']);
});

it('need what they depend on, and what that depends on', () => {
  expect(names(needed('core', workspaces(place)))).toEqual(['streams', 'core']);
  expect(names(needed('nobody', workspaces(place)))).toEqual([]);
});

function manifest(home: string, content: object): void {
  mkdirSync(join(place, home), { recursive: true });
  writeFileSync(join(place, home, 'package.json'), JSON.stringify(content));
}

function names(found: readonly { readonly name: string }[]): string[] {
  return found.map(({ name }) => name);
}
