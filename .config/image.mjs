/**
 * `node image.mjs PACKAGE DIRECTORY`: builds a program, then copies what it needs of this repository at run time into a
 * directory: its own files and those of the packages that it depends on. For images (cmd/location/Dockerfile).
 */
import { cpSync, existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { homes as pageHomes, pages } from './pages.mjs';
import { root, run, say, step, tool } from './steps.mjs';
import { needed } from './workspaces.mjs';

const [name = '', to = ''] = process.argv.slice(2);
const packages = needed(name);
const own = packages.at(-1);
if (own === undefined || to === '') {
  say(
    'usage: node .config/image.mjs PACKAGE DIRECTORY, with the name of a package of this repository',
  );
  process.exit(2);
}

await step(`build of ${name}`, () =>
  run(process.execPath, [tool('typescript', 'tsc'), '-b', own.home]),
);
const homes = new Set(packages.map(({ home }) => home));
await step('pages', () =>
  pages(
    root,
    pageHomes().filter((home) => homes.has(home)),
  ),
);
for (const { home, manifest } of packages) {
  for (const part of ['package.json', ...manifest.files]) {
    const from = join(root, home, part);
    // Patterns that leave something out are for npm; here `atRunTime` decides.
    if (existsSync(from))
      cpSync(from, resolve(to, home, part), { recursive: true, filter: atRunTime });
  }
}

function atRunTime(path) {
  const file = basename(path);
  return !/\.d\.ts$|\.map$|\.test\.ts$|\.tsbuildinfo$|\.md$/.test(file);
}
