/**
 * Where a new app gets Jetlane from. A clone packs its own packages into the app's folder `vendor`: until the first release there is
 * nothing to install from a registry, and afterwards a clone is tried out that way.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../failure.ts';
import { installFailure, runManager } from './manager.ts';

/** A package of the clone. */
export interface Vendored {
  readonly name: string;
  readonly version: string;
  /** Below the clone: `packages/core`. */
  readonly home: string;
  /** File name of its tarball. */
  readonly tarball: string;
}

/** A clone of Jetlane's repository. */
export interface Clone {
  readonly root: string;
  /** What an app needs, and what that needs. */
  readonly packages: readonly Vendored[];
}

const WANTED = ['@jetlane/core', 'jetlane'];
const PACK_LIMIT_MS = 120_000;
const HOMES = ['packages', 'cmd'];

/** The version of this package, which is that of all of them. */
export function ownVersion(): string {
  return manifestAt(new URL('../../package.json', import.meta.url)).version;
}

/** The clone that this program belongs to; undefined where it was installed. */
export async function findClone(): Promise<Clone | undefined> {
  const root = fileURLToPath(new URL('../../../../', import.meta.url));
  const workspace = await readFile(join(root, 'package.json'), 'utf8').catch(() => '{}');
  if ((JSON.parse(workspace) as { name?: string }).name !== 'jetlane-workspace') return undefined;
  const known = new Map<string, Manifest & { readonly home: string }>();
  for (const folder of HOMES)
    for (const name of await readdir(join(root, folder))) {
      const home = `${folder}/${name}`;
      const file = join(root, home, 'package.json');
      if (await isFile(file)) {
        const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
        known.set(manifest.name, { ...manifest, home });
      }
    }
  const needed = new Set<string>();
  const need = (name: string): void => {
    const found = known.get(name);
    if (found === undefined || needed.has(name)) return;
    needed.add(name);
    for (const each of Object.keys(found.dependencies ?? {})) need(each);
  };
  for (const name of WANTED) need(name);
  const packages = [...needed].sort().map((name) => {
    const { version, home } = known.get(name) as Manifest & { home: string };
    return { name, version, home, tarball: tarballName(name, version) };
  });
  return { root, packages };
}

/** Packs the clone's packages into `directory`, which is made. Takes npm, and no network. */
export async function packInto(directory: string, { root, packages }: Clone): Promise<void> {
  await mkdir(directory, { recursive: true });
  const workspaces = packages.flatMap(({ home }) => ['--workspace', home]);
  const { code, output } = await runManager(
    'npm',
    ['pack', '--pack-destination', directory, ...workspaces],
    { directory: root, limitMs: PACK_LIMIT_MS },
  );
  const missing: string[] = [];
  for (const { tarball } of packages)
    if (!(await isFile(join(directory, tarball)))) missing.push(tarball);
  if (code === 0 && missing.length === 0) return;
  const why = code === 0 ? `it did not write ${missing.join(', ')}` : installFailure(output);
  throw new Failure(`npm pack of ${root} failed: ${why}`);
}

/** As `npm pack` names it. */
function tarballName(name: string, version: string): string {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function manifestAt(file: URL): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
