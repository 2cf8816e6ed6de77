import { describe, expect, it } from 'vitest';
import { pack, tarballProblems } from './tarball.mjs';
import { published } from './workspaces.mjs';

const good = {
  manifest: { name: '@jetlane/x', publishConfig: { access: 'public' }, scripts: { build: 'tsc' } },
  paths: ['LICENSE', 'README.md', 'package.json', 'dist/index.js'],
};

describe('a tarball', () => {
  it('has nothing wrong with it that has all it needs', () => {
    expect(tarballProblems(good.manifest, good.paths)).toEqual([]);
  });

  it('needs the licence, the README and the programs that it names', () => {
    const manifest = { ...good.manifest, bin: { x: './bin/x.js' } };
    expect(tarballProblems(manifest, ['package.json'])).toEqual([
      'LICENSE is missing',
      'README.md is missing',
      'bin/x.js is missing',
    ]);
  });

  it.each(['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'])(
    'runs nothing where it is installed: no "%s"',
    (name) => {
      const manifest = { ...good.manifest, scripts: { [name]: 'node x.js' } };
      expect(tarballProblems(manifest, good.paths)).toHaveLength(1);
    },
  );

  it.each(['src/x.test.ts', 'test/x.ts', 'dist/.tsbuildinfo', 'x.api.md', '.env'])(
    'leaves out %s',
    (path) => {
      expect(tarballProblems(good.manifest, [...good.paths, path])).toHaveLength(1);
    },
  );

  it('is public, scope or not', () => {
    expect(tarballProblems({ name: '@jetlane/x' }, good.paths)).toHaveLength(1);
    expect(tarballProblems({ name: 'x' }, good.paths)).toEqual([]);
  });
});

describe('what npm would publish', () => {
  const packages = published();
  const packed = pack(packages);

  it('is every package that is not private, each behind what it depends on', () => {
    const names = packages.map(({ name }) => name);
    expect(names).toContain('@jetlane/core');
    expect(names).not.toContain('@jetlane/streams');
    expect(names.indexOf('@jetlane/contracts')).toBeLessThan(names.indexOf('@jetlane/core'));
  });

  it.each(packages.map(({ name, manifest }, index) => ({ name, manifest, index })))(
    '$name: licence, README, no tests, no install scripts',
    ({ manifest, index }) => {
      const paths = packed[index]?.files.map(({ path }: { path: string }) => path);
      expect(tarballProblems(manifest, paths ?? [])).toEqual([]);
    },
  );
});
