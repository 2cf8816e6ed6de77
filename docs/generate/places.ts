/** Where the code is that pages are made from, and where what is made goes. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The folder of the site. */
export const docs = join(root, 'docs');
/** What is written at build time; git does not know it. */
export const generated = join(docs, '.generated');

/** The packages with a page of their API: what applications import. */
export const packages = [
  'core',
  'contracts',
  'testing',
  'testing-containers',
  'devserver',
  'studio',
  'jetlane',
] as const;

/** The source of a package. */
export function packageSource(name: string): string {
  return join(root, 'packages', name, 'src');
}

/** Modules with public names that are not the index of a package in `packages/`. */
const ENTRIES: Readonly<Record<string, string>> = {
  'testing-containers': join(root, 'packages', 'testing', 'src', 'containers.ts'),
  jetlane: join(root, 'cmd', 'jetlane', 'src', 'worker.ts'),
};

/** The module whose exports are what a page of the API is about. */
export function entryOf(name: string): string {
  return ENTRIES[name] ?? join(packageSource(name), 'index.ts');
}
