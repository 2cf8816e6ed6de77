/** Where the code is that pages are made from, and where what is made goes. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The folder of the site. */
export const docs = join(root, 'docs');
/** What is written at build time; git does not know it. */
export const generated = join(docs, '.generated');

/** The packages with a page of their API: what applications import. */
export const packages = ['core', 'contracts', 'testing', 'devserver', 'studio'].filter((name) =>
  existsSync(join(packageSource(name), 'index.ts')),
);

/** The source of a package. */
export function packageSource(name: string): string {
  return join(root, 'packages', name, 'src');
}

/** The module whose exports are the public names of a package; `jetlane` is the command line's. */
export function entryOf(name: string): string {
  return name === 'jetlane'
    ? join(root, 'cmd', 'jetlane', 'src', 'worker.ts')
    : join(packageSource(name), 'index.ts');
}
