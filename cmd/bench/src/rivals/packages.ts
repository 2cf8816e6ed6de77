/** The rivals' npm packages: in a folder of their own, installed only when somebody asks for them. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BenchFailure } from '../frame/failure.ts';

/** `cmd/bench/rivals`, from `dist/rivals` as from `src/rivals`. */
const FOLDER = new URL('../../rivals/', import.meta.url);

/** How they are had, for messages. */
export const INSTALL_COMMAND = 'npm run bench -- compare --install';

/**
 * Imports an installed package.
 *
 * @throws BenchFailure when it is not installed
 */
export async function load<Module>(name: string): Promise<Module> {
  if (versionOf(name) === undefined)
    throw new BenchFailure(`${name} is not installed: ${INSTALL_COMMAND}`);
  const { load } = (await import(new URL('load.mjs', FOLDER).href)) as {
    load(name: string): Promise<Module>;
  };
  return load(name);
}

/** The version of a package that is installed; undefined where it is not. */
export function versionOf(name: string, folder: URL = FOLDER): string | undefined {
  const file = new URL(`node_modules/${name}/package.json`, folder);
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

/**
 * Installs them as the lockfile in their folder says, their install scripts off.
 *
 * @throws BenchFailure when npm fails, in its words
 */
export async function installPackages(say: (line: string) => void): Promise<void> {
  const folder = fileURLToPath(FOLDER);
  // The lockfile is not published to npm: in an installed package there is nothing to install from.
  if (!existsSync(new URL('package-lock.json', FOLDER)))
    throw new BenchFailure(
      '--install needs a clone of the repository: it has the rivals’ lockfile',
    );
  // One rival wants Node 22: on an older Node it alone is listed as not run. `npm run` hands on our engine-strict.
  const args = ['ci', '--engine-strict=false', '--ignore-scripts', '--no-audit', '--no-fund'];
  say(`npm ${args.join(' ')} in ${folder}: the rivals’ packages, nothing of them runs`);
  const npm = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const output of [npm.stdout, npm.stderr])
    output.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-WORDS_MAX);
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.once('error', () => reject(new BenchFailure('--install needs npm on the PATH')));
    npm.once('close', resolve);
  });
  if (code !== 0) throw new BenchFailure(`npm ci failed in ${folder}:\n${words.trim()}`);
}

const WORDS_MAX = 4_000;
