import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { localFiles, relativeImports } from './local-imports.ts';

it('finds relative imports of every form, and no others', () => {
  const source = `
    import a from './a.ts';
    import './b.ts';
    export * from "../c.js";
    import { x,
      y } from './d';
    const e = await import('./e.ts');
    const f = require('./f.cjs');
    import z from 'zod';
  `;
  expect(relativeImports(source)).toEqual([
    './a.ts',
    './b.ts',
    '../c.js',
    './d',
    './e.ts',
    './f.cjs',
  ]);
});

it('follows them through the project, in circles too, and lists what is missing', async () => {
  const root = mkdtempSync(join(tmpdir(), 'jetlane-imports-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'lib'));
  writeFileSync(join(root, 'app.ts'), "import './lib'; import './gone.ts'; import './typed.js';");
  writeFileSync(join(root, 'lib/index.ts'), "import '../app.ts';");
  writeFileSync(join(root, 'typed.ts'), '');
  const files = await localFiles(join(root, 'app.ts'));
  expect(files.sort()).toEqual(
    ['app.ts', 'gone.ts', 'lib/index.ts', 'typed.ts'].map((name) => join(root, name)),
  );
});
