/**
 * Builds the pages, after `tsc -b`: every package with a `page/vite.config.ts` gets one static bundle in its `dist/page`.
 * A stamp in the bundle says what it was built from, so a page that did not change costs milliseconds.
 *
 * `node .config/pages.mjs` builds the page of the package that it is started in; from the root, all of them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure, root, run, say } from './steps.mjs';

/** Part of every bundle: a change in one of them builds all pages anew. */
const shared = ['package-lock.json', '.config/page-build.mjs', 'packages/studio/page/kit'];
const stampFile = '.stamp.json';
const builder = fileURLToPath(new URL('page-build.mjs', import.meta.url));

/** Builds those of the pages that changed; resolves with a note of what was done. `house` is the root they are in. */
export async function pages(house = root, wanted = homes(house), tell = (_words) => {}) {
  const changed = wanted.filter((home) => !isBuilt(house, home));
  if (changed.length === 0) return 'unchanged';
  tell(changed.join(', '));
  // A process of its own: nothing of the bundler stays in the one that goes on to run the program.
  await run(process.execPath, [builder, house, ...changed], { env: { NODE_ENV: 'production' } });
  return changed.join(', ');
}

/** The packages that have a page, as paths from the root. */
export function homes(house = root) {
  return ['packages', 'cmd']
    .filter((folder) => existsSync(join(house, folder)))
    .flatMap((folder) => readdirSync(join(house, folder)).map((name) => `${folder}/${name}`))
    .filter((home) => existsSync(join(house, home, 'page', 'vite.config.ts')))
    .sort();
}

/** What a bundle leaves beside itself: the files outside of its folder that went in, and a digest of everything. */
export function stamp(house, home, modules) {
  return {
    file: stampFile,
    text: JSON.stringify({ modules, digest: digest(house, home, modules) }),
  };
}

function isBuilt(house, home) {
  const bundle = join(house, home, 'dist', 'page');
  if (!existsSync(join(bundle, 'index.html')) || !existsSync(join(bundle, stampFile))) return false;
  const text = readFileSync(join(bundle, stampFile), 'utf8');
  return text === stamp(house, home, JSON.parse(text).modules).text;
}

function digest(house, home, modules) {
  const hash = createHash('sha256');
  const files = [...shared, `${home}/page`, ...modules].flatMap((place) => filesOf(house, place));
  for (const file of [...new Set(files)].sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(house, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** A file, or all files in a folder; nothing for what is not there. */
function filesOf(house, place) {
  const path = join(house, place);
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [place];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(house, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

async function main() {
  const here = relative(root, process.cwd()).split(sep).join('/');
  const wanted = homes().filter((home) => here === '' || home === here);
  say(`pages: ${await pages(root, wanted)}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    const { words, exitCode } = failure(error);
    say(words);
    process.exit(exitCode);
  });
}
