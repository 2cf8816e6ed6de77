/** The files of an application: the module and whatever of its own project it imports, directly or not. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const FILES_MAX = 5000;

/**
 * The module `entry` and all files that it reaches by relative imports. Imports by package name are left out: what is
 * installed does not change while one works. Files that cannot be read are listed too, so that one notices
 * when they appear.
 */
export async function localFiles(entry: string): Promise<string[]> {
  const found = new Set<string>();
  const waiting = [resolve(entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file) || found.size >= FILES_MAX) continue;
    found.add(file);
    const source = await readFile(file, 'utf8').catch(() => '');
    for (const specifier of relativeImports(source))
      waiting.push(await toFile(resolve(dirname(file), specifier)));
  }
  return [...found];
}

/** The relative specifiers in a module's source: static and dynamic imports, re-exports and `require`. */
export function relativeImports(source: string): string[] {
  const found = [...source.matchAll(IMPORT)].map((match) => match[1] as string);
  return [...new Set(found)];
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"](\.{1,2}\/[^'"\n]+)['"]/g;
const ENDINGS = [
  '',
  '.ts',
  '.js',
  '.mts',
  '.mjs',
  '.cts',
  '.cjs',
  '.json',
  '/index.ts',
  '/index.js',
];

async function toFile(path: string): Promise<string> {
  const typescript = path.replace(/\.([cm]?)js$/, '.$1ts');
  for (const candidate of [...ENDINGS.map((ending) => path + ending), typescript])
    if ((await stat(candidate).catch(() => undefined))?.isFile()) return candidate;
  return path;
}
