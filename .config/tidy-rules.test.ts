import { describe, expect, it } from 'vitest';
import { documentedExports, listedExports, namedExports, noEnums } from './tidy/exports.ts';
import { downwardDependencies, downwardImports, knownPackages, noCycles } from './tidy/imports.ts';
import { licensedPackages } from './tidy/licences.ts';
import { lockedForAllPlatforms } from './tidy/lockfile.ts';
import { kebabNames, namedForWhatTheyHold, wholePackages } from './tidy/names.ts';
import { rules } from './tidy/rules.ts';
import { shortFiles, shortFunctions } from './tidy/size.ts';
import { type Rule, treeOf } from './tidy/source.ts';
import {
  noMachinePaths,
  noRegistryHosts,
  nothingLeftToDo,
  reasonedSkips,
  reasonedSuppressions,
} from './tidy/text.ts';

type Files = Readonly<Record<string, string>>;

interface Example {
  readonly rule: Rule;
  readonly good: Files;
  /** Each of these trees breaks the rule by itself, exactly once. */
  readonly bad: readonly Files[];
}

const lines = (count: number) => 'f();\n'.repeat(count);
const core = 'packages/core/src';
const lock = (packages: object) => ({ 'package-lock.json': JSON.stringify({ packages }) });

/** Written in pieces, so that the rules do not find them here. */
const later = `TO${''}DO`;
const ignore = `// biome-ig${''}nore lint/suspicious/noExplicitAny:`;
const only = `it.on${''}ly('works', f);`;
const skip = `it.sk${''}ip('works', f);`;

const examples: readonly Example[] = [
  { rule: shortFiles, good: { 'a.ts': lines(400) }, bad: [{ 'a.ts': lines(401) }] },
  {
    rule: shortFunctions,
    good: {
      'a.ts': `function a() {\n${lines(68)}}\n`,
      'a.test.ts': `describe.skipIf(away)('a', () => {\n${lines(100)}});\n`,
    },
    bad: [
      { 'a.ts': `function a() {\n${lines(69)}}\n` },
      { 'a.ts': `const a = () => {\n${lines(69)}};\n` },
      { 'a.ts': `class A {\n  b() {\n${lines(69)}  }\n}\n` },
      { 'a.tsx': `const a = () => (\n<p>\n${'<br />\n'.repeat(68)}</p>);\n` },
    ],
  },
  {
    rule: kebabNames,
    good: { '.config/a-b.test.ts': '', 'x/vitest.config.ts': '', 'README.md': '' },
    bad: [{ 'x/aB.ts': '' }, { 'x/aB.tsx': '' }, { 'xY/a.ts': '' }, { 'a_b.ts': '' }],
  },
  {
    rule: namedForWhatTheyHold,
    good: { 'src/subject.ts': '' },
    bad: [{ 'src/utils.ts': '' }, { 'src/common/a.ts': '' }, { 'src/types.test.ts': '' }],
  },
  {
    rule: wholePackages,
    good: {
      'packages/a/package.json': '',
      'packages/a/README.md': '',
      'packages/a/src/index.ts': '',
      'cmd/b/package.json': '',
      'cmd/b/README.md': '',
      'cmd/b/src/main.ts': '',
    },
    bad: [
      { 'packages/a/package.json': '', 'packages/a/README.md': '', 'packages/a/src/main.ts': '' },
      { 'streams/package.json': '' },
    ],
  },
  {
    rule: licensedPackages,
    good: {
      LICENSE: 'Do as you like.',
      'packages/a/package.json': '{}',
      'packages/a/LICENSE': 'Do as you like.',
      'cmd/b/package.json': '{ "private": true }',
    },
    bad: [
      { LICENSE: 'Do as you like.', 'packages/a/package.json': '{}' },
      { LICENSE: 'Do as you like.', 'cmd/a/package.json': '{}', 'cmd/a/LICENSE': 'Do not.' },
    ],
  },
  {
    rule: knownPackages,
    good: { 'packages/core/package.json': '' },
    bad: [{ 'packages/nobody-knows/package.json': '' }],
  },
  {
    rule: downwardImports,
    good: {
      [`${core}/a.ts`]: `import { b } from '@jetlane/contracts'; import './b/c.ts';`,
      [`${core}/a.test.ts`]: `import { start } from '@jetlane/devserver';`,
      'packages/core/test/a.ts': `import { b } from '@jetlane/core'; import '../src/a.ts';`,
      'packages/core/test/b.ts': `import { c } from '../../../.config/c.ts';`,
    },
    bad: [
      { 'packages/contracts/src/a.ts': `import type { b } from '@jetlane/core';` },
      { [`${core}/a.ts`]: `import { start } from '@jetlane/devserver';` },
      { [`${core}/a.ts`]: `export { b } from '@jetlane/testing/b';` },
      { [`${core}/a.ts`]: `const b = await import('jetlane');` },
      { [`${core}/a.ts`]: `import { b } from '../../contracts/src/b.ts';` },
      { [`${core}/a.ts`]: `import { b } from '../../../.config/b.ts';` },
      { [`${core}/a.ts`]: `import { b } from '@jetlane/core';` },
    ],
  },
  {
    rule: downwardDependencies,
    good: {
      'packages/core/package.json': `{ "dependencies": { "@jetlane/contracts": "1", "zod": "4" },
        "devDependencies": { "@jetlane/devserver": "1" } }`,
    },
    bad: [
      { 'packages/core/package.json': '{ "dependencies": { "@jetlane/devserver": "1" } }' },
      { 'packages/core/package.json': '{ "devDependencies": { "@jetlane/testing": "1" } }' },
    ],
  },
  {
    rule: noCycles,
    good: {
      'src/a.ts': `import { b } from './b.ts';`,
      'src/b.ts': `import type { A } from './a.ts';`,
    },
    bad: [
      { 'src/a.ts': `import { b } from './b.ts';`, 'src/b.ts': `export { a } from './a.ts';` },
      { 'a.ts': `import './b/c.ts';`, 'b/c.ts': `import '../d.ts';`, 'd.ts': `import './a.ts';` },
    ],
  },
  {
    rule: documentedExports,
    good: {
      [`${core}/index.ts`]: `export { a, type B } from './a.ts';\nexport { c } from '@nats-io/c';`,
      [`${core}/a.ts`]: `/** A. */\nexport const a = 1;\n/** B. */\n${ignore} it is a list\nexport type B = 1;`,
    },
    bad: [
      { [`${core}/index.ts`]: 'export const a = 1;' },
      { [`${core}/index.ts`]: '/* not a doc */\nexport function a() {}' },
      { [`${core}/index.ts`]: '/** A. */\nexport const a = 1;\nexport interface B {}' },
      { [`${core}/index.ts`]: `export { a } from './a.ts';`, [`${core}/a.ts`]: 'class a {}' },
      { [`${core}/index.ts`]: `import { a } from './gone.ts';\nexport { a as b };` },
      { 'packages/studio/page/kit/a.ts': 'export const a = 1;' },
    ],
  },
  {
    rule: namedExports,
    good: {
      'a.ts': `export default app('a', {});`,
      'vitest.config.ts': 'export default defineConfig({});',
    },
    bad: [{ 'a.ts': 'export default 1;' }, { 'a.ts': 'export default function app() {}' }],
  },
  {
    rule: listedExports,
    good: { 'a.ts': `export { b } from './b.ts';` },
    bad: [{ 'a.ts': `export * from './b.ts';` }, { 'a.ts': `export * as b from './b.ts';` }],
  },
  {
    rule: noEnums,
    good: { 'a.ts': `type A = 'b' | 'c';` },
    bad: [{ 'a.ts': 'enum A { B }' }, { 'a.ts': 'export const enum A { B }' }],
  },
  {
    rule: reasonedSuppressions,
    good: { 'a.ts': `${ignore} what JSON.parse gives\nlet a: any;` },
    bad: [
      { 'a.ts': `${ignore} <explanation>\nlet a: any;` },
      { 'a.ts': `${ignore}\nlet a: any;` },
      { 'a.ts': `// @ts-ig${''}nore` },
      { 'a.tsx': `${ignore}\nconst a = <p />;` },
    ],
  },
  {
    rule: reasonedSkips,
    good: { 'a.test.ts': `// skipped: needs root\n${skip}\nit.skipIf(away)('works', f);` },
    bad: [{ 'a.test.ts': only }, { 'a.test.ts': skip }, { 'a.test.ts': `// skipped: x\n${only}` }],
  },
  {
    rule: nothingLeftToDo,
    good: { 'a.md': 'to do' },
    bad: [{ 'a.md': `${later}: more` }, { 'a.ts': `// FIX${''}ME` }],
  },
  {
    rule: noMachinePaths,
    good: { 'a.ts': `f('/home/u/x', 'https://example.com/work/a', '/tmp');` },
    bad: [
      { 'a.md': `see /ho${''}me/ann/x` },
      { 'a.ts': `f('/wo${''}rk/x');` },
      { 'a.ts': `f('../sha${''}red');` },
    ],
  },
  {
    rule: noRegistryHosts,
    good: { 'package-lock.json': '"resolved": "packages/core"' },
    bad: [{ 'package-lock.json': '"resolved": "https://registry.example/a.tgz"' }],
  },
  {
    rule: lockedForAllPlatforms,
    good: lock({ 'node_modules/a': { optionalDependencies: { b: '1' } }, 'node_modules/b': {} }),
    bad: [lock({ 'node_modules/a': { optionalDependencies: { b: '1' } } }), { 'a.ts': '' }],
  },
];

describe('the tidy rules', () => {
  it('all have examples', () => {
    expect(examples.map(({ rule }) => rule.sentence)).toEqual(rules.map((rule) => rule.sentence));
  });

  for (const { rule, good, bad } of examples) {
    it(`accept and refuse: ${rule.sentence}`, () => {
      expect(rule.offenders(treeOf(good))).toEqual([]);
      for (const files of bad) expect(rule.offenders(treeOf(files)), show(files)).toHaveLength(1);
    });
  }
});

function show(files: Files): string {
  return JSON.stringify(files).slice(0, 300);
}
