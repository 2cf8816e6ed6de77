import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dated, notesOf, release, relocked, stamped } from './release.mjs';
import { root } from './steps.mjs';
import { published, workspaces } from './workspaces.mjs';

const changelog = `# Changelog

## Unreleased

- Something new.

## 0.1.0 (2026-01-02)

- The first.
`;

describe('the changelog of a release', () => {
  it('gets the version and the day, and room for what comes next', () => {
    const after = dated(changelog, '0.2.0', '2026-02-03');
    expect(after).toContain(
      '## Unreleased\n\n## 0.2.0 (2026-02-03)\n\n- Something new.\n\n## 0.1.0',
    );
    expect(notesOf(after, '0.2.0')).toBe('- Something new.');
    expect(notesOf(after, '0.1.0')).toBe('- The first.');
  });

  it('must say what users will notice', () => {
    const empty = '# Changelog\n\n## Unreleased\n\n## 0.1.0 (2026-01-02)\n\n- The first.\n';
    expect(() => dated(empty, '0.2.0', '2026-02-03')).toThrow('nothing under "## Unreleased"');
    expect(() => dated('# Changelog\n', '0.2.0', '2026-02-03')).toThrow('nothing under');
  });

  it('has no notes for a version that it does not know, nor for the beginning of one', () => {
    expect(notesOf(changelog, '0.2.0')).toBeUndefined();
    expect(notesOf(changelog, '0.1')).toBeUndefined();
  });

  it('of this repository has a place for what comes next', () => {
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toContain('\n## Unreleased\n');
  });
});

describe('a release', () => {
  it('names the repository that it was built in', () => {
    const at = { url: 'https://git.example/us/lane', home: 'packages/core' };
    expect(stamped({ name: 'x' }, at)).toEqual({
      name: 'x',
      homepage: 'https://git.example/us/lane#readme',
      bugs: 'https://git.example/us/lane/issues',
      repository: {
        type: 'git',
        url: 'git+https://git.example/us/lane.git',
        directory: 'packages/core',
      },
    });
  });

  it('gives all packages one version, the private ones too, and they ask for exactly that of each other', () => {
    const all = workspaces();
    const [version] = published().map(({ manifest }) => manifest.version);
    const names = new Set(all.map(({ name }) => name));
    for (const { name, manifest } of all) {
      expect([name, manifest.version]).toEqual([name, version]);
      const { dependencies = {}, devDependencies = {} } = manifest;
      for (const [other, range] of Object.entries({ ...dependencies, ...devDependencies })) {
        if (names.has(other)) expect([name, other, range]).toEqual([name, other, version]);
      }
    }
  });

  it('is of all packages: changesets move them together', () => {
    const { fixed } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8'));
    const patterns = fixed[0].map((glob: string) => new RegExp(`^${glob.replace('*', '[^/]*')}$`));
    for (const { name } of workspaces()) {
      const matched = patterns.some((pattern: RegExp) => pattern.test(name));
      expect([name, matched]).toEqual([name, true]);
    }
  });

  it('leaves the lockfile as it is but for our own versions', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    expect(relocked(lock, workspaces())).toEqual(lock);
    const manifest = { version: '9.0.0', dependencies: { '@jetlane/contracts': '9.0.0' } };
    const raised = relocked(lock, [{ home: 'packages/core', name: '@jetlane/core', manifest }]);
    expect(raised.packages['packages/core']).toMatchObject(manifest);
    expect(raised.packages['node_modules/yaml']).toEqual(lock.packages['node_modules/yaml']);
  });

  it('knows its jobs', async () => {
    await expect(release(['pubish'])).rejects.toThrow(
      'no release job "pubish": expected one of version, pack, publish',
    );
  });
});
