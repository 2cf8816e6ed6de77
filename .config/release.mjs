/**
 * What a release consists of; `.github/workflows/release.yml` calls these in this order.
 *
 *   version           raises the version by the changesets that wait, and dates the changelog
 *   pack DIRECTORY    packs and checks what goes to the registry, with the notes; nothing where the changelog has no such version
 *   publish DIRECTORY publishes what was packed and is not on the registry yet; needs nothing but Node and npm
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { npmCommand, root, run, say, stop, tool } from './steps.mjs';
import { published, workspaces } from './workspaces.mjs';

const CHANGELOG = join(root, 'CHANGELOG.md');
const LOCK = join(root, 'package-lock.json');
const jobs = { version: raise, pack, publish };

/** Runs the job that the first argument names. */
export async function release([name = '', ...args]) {
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (!job)
    throw stop(`no release job "${name}": expected one of ${Object.keys(jobs).join(', ')}`, 2);
  await job(...args);
}

/** The changelog with what stood under "Unreleased" under a version. Throws when nothing stood there. */
export function dated(changelog, version, day) {
  const heading = '## Unreleased\n';
  const [before, after] = changelog.split(heading);
  const body = after?.split(/^## /m)[0]?.trim() ?? '';
  if (after === undefined || body === '') {
    throw stop('CHANGELOG.md has nothing under "## Unreleased": say there what users will notice');
  }
  return `${before}${heading}\n## ${version} (${day})\n${after}`;
}

/** What the changelog says of a version; undefined where it says nothing. */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => section.split(/\s/, 1)[0] === version);
  return found?.slice(found.indexOf('\n') + 1).trim();
}

/**
 * A manifest that names its repository, which the registry compares with the one that a release was built in. It is not
 * written down in the packages: a fork publishes under its own.
 */
export function stamped(manifest, { url, home }) {
  const repository = { type: 'git', url: `git+${url}.git`, directory: home };
  return { ...manifest, homepage: `${url}#readme`, bugs: `${url}/issues`, repository };
}

/**
 * A lockfile with the versions that our packages have now. Nothing else in it changes, as it would if npm wrote it anew on one
 * platform.
 */
export function relocked(lock, all) {
  const packages = { ...lock.packages };
  for (const { home, manifest } of all) {
    const { version, dependencies, devDependencies, peerDependencies } = manifest;
    const parts = { dependencies, devDependencies, peerDependencies };
    const present = Object.entries(parts).filter(([, part]) => Object.keys(part ?? {}).length > 0);
    packages[home] = { ...packages[home], version, ...Object.fromEntries(present) };
  }
  return { ...lock, packages };
}

async function raise() {
  const waiting = readdirSync(join(root, '.changeset')).filter((file) =>
    /^(?!README).*\.md$/.test(file),
  );
  if (waiting.length === 0) return say('no changeset waits: the version stays');
  const changelog = readFileSync(CHANGELOG, 'utf8');
  const before = versionOf(published());
  dated(changelog, before, ''); // before anything is changed
  await run(process.execPath, [tool('@changesets/cli', 'changeset'), 'version'], { quiet: false });
  const version = versionOf(published());
  writeFileSync(CHANGELOG, dated(changelog, version, new Date().toISOString().slice(0, 10)));
  const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
  writeFileSync(LOCK, `${JSON.stringify(relocked(lock, workspaces()), undefined, 2)}\n`);
  say(`${before} → ${version}`);
}

async function pack(directory = 'release') {
  const packages = published();
  const version = versionOf(packages);
  const notes = notesOf(readFileSync(CHANGELOG, 'utf8'), version);
  if (notes === undefined)
    return say(`CHANGELOG.md has no heading for ${version}: nothing to release`);
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  if (server && repository) stampAll(packages, `${server}/${repository}`);
  else
    say(
      'not in a workflow: the packages will name no repository, and cannot be published with provenance',
    );
  const to = resolve(directory);
  mkdirSync(to, { recursive: true });
  await run(process.execPath, [join(root, '.config/packages.mjs'), to], { quiet: false });
  const names = packages.map(({ name }) => ({ name, version, file: tarballName(name, version) }));
  writeFileSync(join(to, 'packages.json'), JSON.stringify(names));
  writeFileSync(join(to, 'version'), version);
  writeFileSync(join(to, 'notes.md'), `${notes}\n`);
}

function stampAll(packages, url) {
  for (const { home, manifest } of packages) {
    const text = JSON.stringify(stamped(manifest, { url, home }), undefined, 2);
    writeFileSync(join(root, home, 'package.json'), `${text}\n`);
  }
}

async function publish(directory = 'release') {
  const list = join(resolve(directory), 'packages.json');
  if (!existsSync(list)) return say(`${directory} holds no release: nothing to publish`);
  const { command, before, shell } = npmCommand();
  const npm = (...args) => run(command, [...before, ...args], { shell, quiet: false });
  for (const { name, version, file } of JSON.parse(readFileSync(list, 'utf8'))) {
    const look = [...before, 'view', `${name}@${version}`, 'version', '--json'];
    const { status, stdout } = spawnSync(command, look, { shell, encoding: 'utf8' });
    // A package that is not known ends with an error, a version that is not known with silence.
    if (status === 0 && stdout.trim() !== '') {
      say(`${name} ${version} is there already`);
      continue;
    }
    // Trusted publishing: npm gets its token from the workflow's identity, and signs where the tarball comes from.
    await npm(
      'publish',
      resolve(directory, file),
      '--access',
      'public',
      '--provenance',
      '--ignore-scripts',
    );
  }
}

/** As npm names what it packs. */
function tarballName(name, version) {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
}

function versionOf(packages) {
  const versions = new Set(packages.map(({ manifest }) => manifest.version));
  if (versions.size === 1) return [...versions][0];
  throw stop(`the packages must carry one version, but have ${[...versions].join(', ')}`);
}
