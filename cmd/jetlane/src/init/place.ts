/** Whether a new app can be written into a directory. Looks only. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shorten } from '../terminal/printable.ts';

/** What a repository that was just made holds; it is in nobody's way. */
const HARMLESS: ReadonlySet<string> = new Set([
  '.git',
  '.gitkeep',
  '.DS_Store',
  '.idea',
  '.vscode',
]);
const NAMED_MAX = 3;

/** What keeps an app from being written there, in words; undefined when nothing does. `force`: other files are no reason. */
export async function placeProblem(
  directory: string,
  { force }: { readonly force: boolean },
): Promise<string | undefined> {
  const found = await stat(directory).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code === 'ENOENT') return parentProblem(directory);
    if (found.code === 'ENOTDIR') return `${directory} cannot be made: part of its path is a file`;
    return `${directory} cannot be looked at (${found.code}): choose another one`;
  }
  if (!found.isDirectory()) return `${directory} is a file: choose another name`;
  if (!(await isWritable(directory))) return `${directory} is not writable: choose another one`;
  const others = (await readdir(directory)).filter((name) => !HARMLESS.has(name)).sort();
  if (others.length === 0 || force) return undefined;
  const names = others.slice(0, NAMED_MAX).map((name) => shorten(name, 30));
  const more = others.length > NAMED_MAX ? ` and ${others.length - NAMED_MAX} more` : '';
  return `${directory} is not empty (${names.join(', ')}${more}): choose another one, or --force, which replaces files of the same names`;
}

async function parentProblem(directory: string): Promise<string | undefined> {
  const parent = dirname(directory);
  const found = await stat(parent).catch(() => undefined);
  if (found === undefined) return parent === directory ? undefined : parentProblem(parent);
  if (!found.isDirectory()) return `${directory} cannot be made: ${parent} is a file`;
  return (await isWritable(parent))
    ? undefined
    : `${directory} cannot be made: ${parent} is not writable`;
}

function isWritable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
