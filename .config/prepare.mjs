/** What must be there before any job: a Node that is new enough, the dependencies, the built packages. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { npmCommand, root, run, say, stop } from './steps.mjs';

const nodeMin = { major: 20, minor: 19 };
const lookEveryMs = 300;

/** Throws one clear sentence on a Node that is too old. */
export function nodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > nodeMin.major || (major === nodeMin.major && minor >= nodeMin.minor)) return;
  const wanted = `${nodeMin.major}.${nodeMin.minor}`;
  throw stop(`Jetlane needs Node ${wanted} or later, this is ${version}: see https://nodejs.org`);
}

/**
 * Installs exactly what package-lock.json says, unless it is installed already. With the `home` of one of our packages, what that
 * one needs is enough: a tenth of all packages, so that a first look does not wait for the tools of those who change it.
 */
export async function dependencies(tell = () => {}, home = '') {
  const lock = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const stamp = join(root, 'node_modules', '.jetlane-setup');
  const wanted = lock ? createHash('sha256').update(JSON.stringify(lock)).digest('hex') : '';
  const part = home && `${wanted} ${home}`;
  const stamped = existsSync(stamp) && [wanted, part].includes(readFileSync(stamp, 'utf8'));
  if (lock && installed && (stamped || missing(lock, installed).length === 0)) {
    return 'already installed';
  }
  say('  installing dependencies: up to a minute the first time, depending on the network');
  const places = lock ? belongingHere(lock) : [];
  const found = () =>
    places.filter((place) => existsSync(join(root, place, 'package.json'))).length;
  // npm unpacks each package as it comes: what has its package.json is there.
  const timer = setInterval(() => {
    const there = found();
    // How many a part of them is, only npm knows.
    const of = home ? 0 : places.length;
    tell(there === 0 ? 'npm looks up what is needed' : `npm ${share(there, of, 'packages')}`);
  }, lookEveryMs);
  try {
    const only = home ? ['--workspace', home] : [];
    await npm([lock ? 'ci' : 'install', ...only, '--no-audit', '--no-fund']);
  } finally {
    clearInterval(timer);
  }
  // npm leaves out what the lockfile lists but nothing wants: the stamp keeps us from asking again.
  writeFileSync(stamp, part || wanted);
  return places.length > 0 ? `${found()} packages` : undefined;
}

/**
 * Places in `node_modules` of packages that are for this platform; those of the workspace itself are links.
 *
 * @param {Record<string, { link?: boolean, os?: string[], cpu?: string[] }>} lock
 * @param {{ platform: string, arch: string }} [here]
 */
export function belongingHere(lock, { platform, arch } = process) {
  const allows = (list, here) =>
    !list ||
    (list.some((one) => !one.startsWith('!')) ? list.includes(here) : !list.includes(`!${here}`));
  return Object.keys(lock).filter((place) => {
    const { link, os, cpu } = lock[place];
    return place.includes('node_modules/') && !link && allows(os, platform) && allows(cpu, arch);
  });
}

/**
 * The places whose installed version is not the locked one. An optional package may be absent: it
 * is another platform's. Compares contents, not times: a checkout changes times.
 */
export function missing(lock, installed) {
  return Object.keys(lock).filter((place) => {
    if (place === '') return false;
    const wanted = lock[place];
    const found = installed[place];
    return found ? found.version !== wanted.version : !(wanted.optional || wanted.peer);
  });
}

/**
 * Builds every package, or that at `home` and what it is made of, with TypeScript's own incremental build. It is quicker than the
 * task runner here, and needs neither a daemon nor a writable home.
 */
export async function build(tsc, tell = () => {}, home = '') {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  const projects = home ? 0 : references.length;
  let done = 0;
  await run(process.execPath, [tsc, '-b', '--verbose', ...(home ? [home] : [])], {
    onLine(line) {
      const [, project] = /Building project '(.+?)'/.exec(line) ?? [];
      if (project)
        tell(
          `${dirname(relative(root, resolve(root, project)))}, ${share(done, projects, 'packages')}`,
        );
      if (project || /Project '.+?' is up to date/.test(line)) done += 1;
      return chatter.test(line);
    },
  });
}

/** What `--verbose` says beside errors. */
const chatter =
  /^\s*\*? ?\S*tsconfig\S*\.json$|^\[?\d+:\d+:\d+.*(Projects in this build|Building project|Project '|Updating)|^\s*$/;

/** `213 of 397 packages (54 %)` */
function share(done, of, noun) {
  return of > 0
    ? `${done} of ${of} ${noun} (${Math.floor((done * 100) / of)} %)`
    : `${done} ${noun}`;
}

function packagesIn(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

async function npm(args) {
  const { command, before, shell } = npmCommand();
  await run(command, [...before, ...args], { shell });
}
