import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closure } from './closure.mjs';

let place = '';
beforeAll(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'closure-test-')));
  add('app', { dependencies: { core: '1', wire: '2' }, devDependencies: { tests: '1' } });
  add('packages/core', {
    dependencies: { wire: '1' },
    optionalDependencies: { 'of-another-platform': '1' },
    peerDependencies: { http: '1', browser: '1' },
    peerDependenciesMeta: { browser: { optional: true } },
  });
  add('node_modules/wire', { version: '2' });
  add('packages/core/node_modules/wire', { version: '1' });
  for (const name of ['http', 'tests', 'browser']) add(`node_modules/${name}`, {});
  symlinkSync('../packages/core', join(place, 'node_modules/core'));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

it('is what is needed at run time, each where Node finds it', () => {
  expect(found('app')).toEqual([
    'app',
    'packages/core',
    'packages/core/node_modules/wire',
    'node_modules/http',
    'node_modules/wire',
  ]);
});

it('says what is missing', () => {
  add('broken', { dependencies: { nobody: '1' } });
  expect(() => found('broken')).toThrow('needs nobody, which is not installed');
});

function found(home: string): string[] {
  return closure(join(place, home)).map((path) => relative(place, path).replaceAll('\\', '/'));
}

function add(home: string, manifest: object): void {
  mkdirSync(join(place, home), { recursive: true });
  writeFileSync(join(place, home, 'package.json'), JSON.stringify(manifest));
}
