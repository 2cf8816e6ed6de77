/** Package managers: what one types with each, and what they call an override. */
import { spawn } from 'node:child_process';

/** The package managers that a new app may use. */
export const MANAGERS = ['npm', 'pnpm', 'yarn', 'bun'] as const;

/** One of them. */
export type Manager = (typeof MANAGERS)[number];

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  /** Everything that it printed. */
  readonly output: string;
}

const INSTALL_LIMIT_MS = 600_000;
const VERSION_LIMIT_MS = 15_000;
const OUTPUT_MAX = 1024 * 1024;

/** The package manager that runs this program, as `npm create`, `pnpm create` and others tell; npm where nobody does. */
export function currentManager(env: Readonly<Record<string, string | undefined>>): Manager {
  const name = /^(\w+)\//.exec(env.npm_config_user_agent ?? '')?.[1];
  return MANAGERS.find((manager) => manager === name) ?? 'npm';
}

/** What one types to run a script of package.json. */
export function runWords(manager: Manager, script: string): string {
  if (manager === 'npm' && (script === 'test' || script === 'start')) return `npm ${script}`;
  return manager === 'npm' || manager === 'bun'
    ? `${manager} run ${script}`
    : `${manager} ${script}`;
}

/** Whether a package manager is installed. */
export async function isInstalled(manager: Manager): Promise<boolean> {
  const { code } = await runManager(manager, ['--version'], { limitMs: VERSION_LIMIT_MS });
  return code === 0;
}

/** Installs the dependencies of the package in `directory`; takes ten minutes at most. */
export function install(manager: Manager, directory: string): Promise<Ended> {
  const quiet = manager === 'npm' ? ['--no-audit', '--no-fund'] : [];
  return runManager(manager, ['install', ...quiet], { directory, limitMs: INSTALL_LIMIT_MS });
}

/** Runs a package manager to its end; resolves however it ends, also when it is not installed. */
export function runManager(
  manager: Manager,
  args: readonly string[],
  { directory, limitMs }: { readonly directory?: string; readonly limitMs: number },
): Promise<Ended> {
  const cli = process.env.npm_execpath;
  // Under npm: the same npm again, on any platform, without a shell.
  const [command, ...first] =
    manager === 'npm' && cli?.endsWith('npm-cli.js') ? [process.execPath, cli] : [manager];
  const child = spawn(command ?? manager, [...first, ...args], {
    ...(directory === undefined ? {} : { cwd: directory }),
    shell: process.platform === 'win32' && first.length === 0,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
    windowsHide: true,
  });
  let output = '';
  const keep = (data: Buffer) => {
    output = (output + data.toString()).slice(-OUTPUT_MAX);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code, signal) =>
      resolve({
        code,
        output:
          signal === null ? output : `${output}\nended by ${signal} after ${limitMs / 1000} s`,
      }),
    );
  });
}

/** Why an install failed, in a line or two of what it printed. Pure. */
export function installFailure(output: string): string {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET/.test(output))
    return 'the registry cannot be reached';
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^(npm )?(error|ERR!)\s*/i, '').trim())
    .filter((line) => line !== '' && !/A complete log of this run|\.log$/.test(line));
  return lines.slice(0, 2).join('; ') || 'it printed nothing';
}
