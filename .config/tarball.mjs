/** What npm makes of a package, and what must hold of it. */
import { spawnSync } from 'node:child_process';
import { npmCommand, root, stop } from './steps.mjs';

const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/** Run by npm on the machine of whoever installs the package. Nothing that we publish has one. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'];

/**
 * Packs packages as `npm publish` would, into a directory; without one, only says what it would put in. Runs no scripts.
 * One `{ name, version, filename, files, size, unpackedSize }` for each, in the given order.
 */
export function pack(packages, to) {
  const { command, before, shell } = npmCommand();
  const target = to === undefined ? ['--dry-run'] : ['--pack-destination', to];
  const which = packages.flatMap(({ name }) => ['--workspace', name]);
  const args = [...before, 'pack', '--json', '--ignore-scripts', ...target, ...which];
  const options = { cwd: root, shell, encoding: 'utf8', maxBuffer: OUTPUT_MAX_BYTES };
  const { status, stdout, stderr } = spawnSync(command, args, options);
  if (status !== 0) throw stop(`npm pack ended with ${status}: ${stderr}`);
  // An array, or by name, as the version of npm has it.
  const packed = Object.values(JSON.parse(stdout));
  return packages.map(({ name }) => packed.find((one) => one.name === name));
}

/** What is wrong with a package that goes to the registry: its manifest, and the paths in its tarball. */
export function tarballProblems(manifest, paths) {
  const missing = ['LICENSE', 'README.md', ...Object.values(manifest.bin ?? {}).map(plain)]
    .filter((path) => !paths.includes(path))
    .map((path) => `${path} is missing`);
  const scripts = INSTALL_SCRIPTS.filter((name) => manifest.scripts?.[name] !== undefined).map(
    (name) => `the script "${name}" would run on the machine of whoever installs it`,
  );
  const unwanted = paths
    .filter((path) =>
      /^(src|dist|page)\/.*\.test\.|^test\/|\.tsbuildinfo$|\.api\.md$|\.tgz$|(^|\/)\.env/.test(
        path,
      ),
    )
    .map((path) => `${path} is not for users: leave it out with "files" in package.json`);
  const access =
    manifest.publishConfig?.access === 'public' || !manifest.name.startsWith('@')
      ? []
      : ['"publishConfig": { "access": "public" } is missing: npm would make it private'];
  return [...missing, ...scripts, ...unwanted, ...access];
}

function plain(path) {
  return path.replace(/^\.\//, '');
}
