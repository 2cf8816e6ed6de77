/** The package.json of a new app. Pure. */
import type { Manager } from './manager.ts';
import type { Vendored } from './vendor.ts';

/** What a manifest is made for. */
export interface ManifestOptions {
  readonly name: string;
  readonly manager: Manager;
  /** Of Jetlane, for a registry. */
  readonly version: string;
  /** Tarballs in `vendor`, instead of a registry. */
  readonly vendored: readonly Vendored[] | undefined;
}

/** Versions of what a new app uses beside Jetlane. A test holds them to those that Jetlane is tested with. */
export const OTHERS = {
  dependencies: { jiti: '^2.7.0', zod: '^4.6.7' },
  devDependencies: { '@types/node': '^20.19.25', typescript: '^7.0.2' },
} as const;

/** Version 3.0.0 asks for Node 22, and runs on 20. */
const OVERRIDES = { '@nats-io/nuid': '2.0.3' };

/** The whole manifest, as it is written. */
export function manifestOf({ name, manager, version, vendored }: ManifestOptions): string {
  const own =
    vendored === undefined
      ? { '@jetlane/core': `^${version}`, jetlane: `^${version}` }
      : Object.fromEntries(vendored.map((each) => [each.name, `file:vendor/${each.tarball}`]));
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: SCRIPTS,
    dependencies: sorted({ ...own, ...OTHERS.dependencies }),
    devDependencies: OTHERS.devDependencies,
    ...overrides(manager, vendored === undefined ? {} : own),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const SCRIPTS = {
  dev: 'jetlane worker src/app.ts --watch --dev-server',
  start: 'jetlane worker src/app.ts',
  send: 'jiti src/send.ts',
  top: 'jetlane top src/app.ts',
  test: 'node --import jiti/register --test test/*.test.ts',
  check: 'tsc',
};

/** npm finds at the top what its tarballs ask for; others are told that these are meant. */
function overrides(manager: Manager, own: Readonly<Record<string, string>>): object {
  const all = { ...OVERRIDES, ...own };
  switch (manager) {
    case 'npm':
      return { overrides: OVERRIDES };
    case 'bun':
      return { overrides: all };
    case 'pnpm':
      return { pnpm: { overrides: all } };
    case 'yarn':
      return { resolutions: all };
  }
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
