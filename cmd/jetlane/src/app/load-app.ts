/** Loads the module of an application: TypeScript or JavaScript, on every supported Node. */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type App, isApp, isJetlaneError } from '@jetlane/core';
import { createJiti } from 'jiti';
import { Failure, messageOf, usageFailure } from '../failure.ts';

/** An application and the file that it came from. */
export interface LoadedApp {
  readonly app: App;
  /** Absolute path. */
  readonly file: string;
}

/** Where an application is looked for when none is named, in this order. */
const DEFAULT_APPS: readonly string[] = ['app.ts', 'app.js', 'src/app.ts', 'src/app.js'];

/**
 * Loads `path`, relative to `cwd`; without it, the first of the usual places that exists. The module's default
 * export must be an `app(...)`. Its imports of `@jetlane/core` go to its own project's copy, and to the command
 * line's where the project has none.
 *
 * Throws a `Failure` with one sentence that says what to do; `cause` is what the module threw.
 */
export async function loadApp(
  path: string | undefined,
  cwd: string = process.cwd(),
): Promise<LoadedApp> {
  const file = await locateApp(path, cwd);
  const shown = shortName(file, cwd);
  const module = await importModule(file, shown);
  const app = pickApp(module, shown);
  return { app, file };
}

/** The absolute path of an application's module, found as {@link loadApp} does; it is not loaded. */
export async function locateApp(path: string | undefined, cwd: string): Promise<string> {
  const file = path === undefined ? await findApp(cwd) : resolve(cwd, path);
  await checkFile(file, path ?? relative(cwd, file));
  return file;
}

/** The default export as an app, or a failure that says what is there instead. Exported for its tests. */
export function pickApp(module: Readonly<Record<string, unknown>>, shown: string): App {
  const value = module.default;
  const example = `end it with: export default app('name', { streams: [...], run: [...] })`;
  if (value === undefined) {
    const found = Object.keys(module).filter((name) => name !== 'default' && name !== '__esModule');
    const exports = found.length === 0 ? 'it exports nothing' : `it exports ${found.join(', ')}`;
    throw new Failure(`${shown} has no default export (${exports}); ${example}`);
  }
  if (isApp(value)) return value;
  throw new Failure(`the default export of ${shown} is ${describe(value)}, not an app; ${example}`);
}

async function findApp(cwd: string): Promise<string> {
  for (const candidate of DEFAULT_APPS) {
    const file = resolve(cwd, candidate);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  }
  throw usageFailure(
    `no APP was named and there is none of ${DEFAULT_APPS.join(', ')} here: name the module of your app`,
  );
}

/** As one would type it. */
function shortName(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short.startsWith('..') ? file : short;
}

async function checkFile(file: string, given: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    throw new Failure(
      `there is no file ${given}: APP is the module whose default export is your app(...)`,
    );
  if (!found.isFile()) throw new Failure(`${given} is no file: APP is a module such as src/app.ts`);
  if (!EXTENSIONS.has(extname(file)))
    throw new Failure(`${given} is no module: APP ends in ${[...EXTENSIONS].join(', ')}`);
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);
const OWN_PACKAGES = ['@jetlane/core', '@jetlane/contracts'];

async function importModule(file: string, shown: string): Promise<Record<string, unknown>> {
  try {
    const jiti = createJiti(file, { interopDefault: false, alias: ownCopies(file) });
    const module = await jiti.import<Record<string, unknown>>(pathToFileURL(file).href);
    // CommonJS: module.exports = app(...).
    return isApp(module) ? { default: module } : module;
  } catch (cause) {
    throw new Failure(`${shown} does not load: ${reason(cause, dirname(file))}`, 1, { cause });
  }
}

/** Jetlane's packages that the project does not have, each with the command line's own copy. */
function ownCopies(file: string): Record<string, string> {
  const project = createRequire(file);
  const copies: Record<string, string> = {};
  for (const name of OWN_PACKAGES) {
    try {
      project.resolve(name);
    } catch {
      const own = ownCopy(name);
      if (own !== undefined) copies[name] = own;
    }
  }
  return copies;
}

function ownCopy(name: string): string | undefined {
  try {
    return fileURLToPath(import.meta.resolve(name));
  } catch {
    return undefined;
  }
}

function reason(cause: unknown, directory: string): string {
  const message = messageOf(cause);
  const { code } = (cause ?? {}) as { code?: unknown };
  if (isJetlaneError(cause)) return message;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    const missing = /'([^']+)'/.exec(message)?.[1] ?? 'a module';
    const hint = /^[./]|^file:/.test(missing) ? 'check the path' : 'run npm install in its project';
    return `it imports ${relativeTo(directory, missing)}, which is not there; ${hint}`;
  }
  const lines = message.split('\n').map((line) => line.trim());
  // The transpiler's second line says where.
  return lines
    .filter((line) => line !== '')
    .slice(0, lines[0]?.startsWith('ParseError') ? 2 : 1)
    .join(' at ');
}

function relativeTo(directory: string, missing: string): string {
  return missing.startsWith('/') ? relative(directory, missing) : missing;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  const kind = (value as { kind?: unknown }).kind;
  if (typeof kind === 'string') return `a ${kind}`;
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
