/**
 * `node image.mjs PACKAGE DIRECTORY`: builds a program, then copies what it needs at run time into a directory: its own files, those
 * of our packages that it depends on, and those of others, each at its place. For images (cmd/location/Dockerfile).
 */
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { closure } from './closure.mjs';
import { homes as pageHomes, pages } from './pages.mjs';
import { root, run, say, step, tool } from './steps.mjs';
import { needed } from './workspaces.mjs';

const [name = '', directory = ''] = process.argv.slice(2);
const packages = needed(name);
const own = packages.at(-1);
if (own === undefined || directory === '') {
  say('usage: node .config/image.mjs PACKAGE DIRECTORY, with the name of a package of ours');
  process.exit(2);
}
const to = resolve(directory);

await step(`build of ${name}`, () =>
  run(process.execPath, [tool('typescript', 'tsc'), '-b', own.home]),
);
await step('pages', () => {
  const ours = new Set(packages.map(({ home }) => home));
  const wanted = pageHomes().filter((home) => ours.has(home));
  return pages(root, wanted);
});
await step('copy', () => {
  for (const workspace of packages) copyOurs(workspace);
  const others = closure(join(root, own.home)).filter((home) => home.includes('node_modules'));
  for (const home of others) copy(home, join(to, relative(root, home)));
  return `${packages.length} packages of ours, ${others.length} of others`;
});

/** A package of ours, found by its name as in the repository, and its programs. */
function copyOurs({ home, name: called, manifest }) {
  for (const part of ['package.json', ...manifest.files]) {
    // Patterns that leave something out are for npm; here `atRunTime` decides.
    const from = join(root, home, part);
    if (existsSync(from) && part !== 'src') copy(from, join(to, home, part));
  }
  link(join(to, 'node_modules', called), join(to, home));
  for (const [command, file] of Object.entries(manifest.bin ?? {})) {
    link(join(to, 'node_modules', '.bin', command), join(to, home, file));
  }
}

function copy(from, target) {
  cpSync(from, target, { recursive: true, filter: atRunTime });
}

function link(path, target) {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}

function atRunTime(path) {
  return !/^node_modules$|\.d\.[cm]?ts$|\.map$|\.test\.ts$|\.tsbuildinfo$|\.md$/.test(
    basename(path),
  );
}
