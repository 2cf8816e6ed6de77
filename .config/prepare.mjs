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

/** Installs exactly what package-lock.json says, unless it is installed already. */
export async function dependencies(tell = () => {}) {
  const lock = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const stamp = join(root, 'node_modules', '.jetlane-setup');
  const wanted = lock ? createHash('sha256').update(JSON.stringify(lock)).digest('hex') : '';
  const stamped = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (lock && installed && (stamped || missing(lock, installed).length === 0)) {
    return 'already installed';
  }
  say('  installing dependencies: half a minute the first time, depending on the network');
  const places = lock ? belongingHere(lock) : [];
  // npm unpacks each package as it comes: what has its package.json is there.
  const timer = setInterval(() => {
    const there = places.filter((place) => existsSync(join(root, place, 'package.json'))).length;
    tell(
      there === 0
        ? 'npm looks up what is needed'
        : `npm ${share(there, places.length, 'packages')}`,
    );
  }, lookEveryMs);
  try {
    await npm([lock ? 'ci' : 'install', '--no-audit', '--no-fund']);
  } finally {
    clearInterval(timer);
  }
  // npm leaves out what the lockfile lists but nothing wants: the stamp keeps us from asking again.
  writeFileSync(stamp, wanted);
  return places.length > 0 ? `${places.length} packages` : undefined;
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
 * Builds every package with TypeScript's own incremental build. It is quicker than the task runner
 * here, and needs neither a daemon nor a writable home.
 */
export async function build(tsc, tell = () => {}) {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  let done = 0;
  await run(process.execPath, [tsc, '-b', '--verbose'], {
    onLine(line) {
      const [, project] = /Building project '(.+?)'/.exec(line) ?? [];
      if (project)
        tell(
          `${dirname(relative(root, resolve(root, project)))}, ${share(done, references.length, 'packages')}`,
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
