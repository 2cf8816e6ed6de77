/**
 * `node packages.mjs [DIRECTORY]`: packs every package as it would be published and checks each tarball: what is in it,
 * publint, Are the Types Wrong, and that Node loads every entry of it. With a directory the tarballs stay there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { failure, root, run, say, step, stop, tool } from './steps.mjs';
import { pack, tarballProblems } from './tarball.mjs';
import { published } from './workspaces.mjs';

const LOAD = `for (const entry of process.argv.slice(1)) await import(entry).catch((error) => {
  console.error(entry, error);
  process.exitCode = 1;
});`;

const [given] = process.argv.slice(2);
const kept = given === undefined ? undefined : resolve(given);
const directory = kept ?? mkdtempSync(join(tmpdir(), 'jetlane-packages-'));
// Inside node_modules, so that what the packages depend on is found.
const unpacked = join(root, 'node_modules', '.jetlane-packed');
try {
  mkdirSync(directory, { recursive: true });
  await checkAll(published());
} catch (error) {
  const { words, exitCode } = failure(error);
  say(words);
  process.exitCode = exitCode;
} finally {
  rmSync(unpacked, { recursive: true, force: true });
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
}

async function checkAll(packages) {
  let tarballs = [];
  await step('pack', async () => {
    tarballs = pack(packages, directory);
    return `${tarballs.length} packages, ${kilobytes(tarballs.map(({ size }) => size))} kB`;
  });
  const all = packages.map(({ manifest }, index) => {
    const { filename, files } = tarballs[index];
    const file = join(directory, filename);
    return {
      manifest,
      file,
      paths: files.map(({ path }) => path),
      home: unpack(file, manifest.name),
    };
  });
  await step('contents', () => each(all, contents));
  await step('publint', () => each(all, lint));
  await step('types', () => eachAtOnce(all, types));
  await step('loads', () => load(all));
}

function contents({ manifest, paths, home }) {
  const maps = paths.filter((path) => path.endsWith('.map'));
  return [...tarballProblems(manifest, paths), ...maps.flatMap((path) => mapProblems(home, path))];
}

/** A map to a source that is not there helps nobody; locally it is a remnant of a source that is gone. */
function mapProblems(home, path) {
  const { sources } = JSON.parse(readFileSync(join(home, path), 'utf8'));
  return sources
    .map((source) => posix.join(posix.dirname(path), source))
    .filter((source) => !existsSync(join(home, source)))
    .map(
      (source) =>
        `${path} leads to ${source}, which is not in it: build anew without dist, or mend "files"`,
    );
}

async function lint({ manifest, file }) {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
  const { messages } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => formatMessage(message, manifest, { color: false }));
}

async function types({ manifest, file }) {
  if (manifest.exports === undefined) return []; // a command, which nobody imports
  const style = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color'];
  // Nothing in a style sheet has types.
  const sheets = Object.keys(manifest.exports).filter((path) => path.endsWith('.css'));
  const without = sheets.length === 0 ? [] : ['--exclude-entrypoints', ...sheets];
  const args = [tool('@arethetypeswrong/cli', 'attw'), file, ...style, ...without];
  return run(process.execPath, args).then(
    () => [],
    () => ['see above'],
  );
}

/** Each entry in a Node of its own package: what is packed loads by itself. */
function load(all) {
  const entries = all.flatMap(({ manifest }) =>
    Object.entries(manifest.exports ?? {})
      .filter(([path, target]) => !path.includes('*') && /\.js$/.test(target.default ?? target))
      .map(([path]) => posix.join(manifest.name, path)),
  );
  const args = ['--input-type=module', '-e', LOAD, ...entries];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: unpacked, encoding: 'utf8' });
  if (status !== 0) throw stop(`what is packed does not load: ${stderr}`);
  return `${entries.length} entries`;
}

function unpack(file, name) {
  const home = join(unpacked, 'node_modules', name);
  mkdirSync(home, { recursive: true });
  const { status, stderr } = spawnSync('tar', ['-xzf', file, '-C', home, '--strip-components=1'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw stop(`tar could not unpack ${file}: ${stderr}`);
  return home;
}

async function each(all, problemsOf) {
  const found = [];
  for (const one of all) {
    for (const problem of await problemsOf(one)) found.push(`${one.manifest.name}: ${problem}`);
  }
  if (found.length > 0) throw stop(`\n  ${found.join('\n  ')}`);
}

/** Two at a time: each starts a compiler. */
async function eachAtOnce(all, problemsOf) {
  const half = Math.ceil(all.length / 2);
  await Promise.all([each(all.slice(0, half), problemsOf), each(all.slice(half), problemsOf)]);
}

function kilobytes(sizes) {
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000);
}
