/** The files of a new app: real ones, in this package's folder `template`. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The examples to begin with, and what each shows. */
export const TEMPLATES = [
  { name: 'orders', shows: 'events, two workers, retries, a dead letter' },
  { name: 'sensors', shows: 'many readings, order by device, batches' },
] as const;

/** One of them. */
export type TemplateName = (typeof TEMPLATES)[number]['name'];

/** A file to write. */
export interface TemplateFile {
  /** Below the app's directory, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What stands in the files for the app's name. */
const PLACEHOLDER = 'jetlane-app';
const FOLDER = fileURLToPath(new URL('../../template/', import.meta.url));

/** The files of a template for an app of this name, by path. */
export async function templateFiles(template: TemplateName, name: string): Promise<TemplateFile[]> {
  const lists = await Promise.all(
    ['shared', template].map((folder) => filesIn(join(FOLDER, folder))),
  );
  return lists
    .flat()
    .map(({ path, text }) => ({
      // npm keeps no .gitignore in a package.
      path: path === 'gitignore' ? '.gitignore' : path,
      text: text.replaceAll(PLACEHOLDER, name),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function filesIn(folder: string): Promise<TemplateFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        const path = file.slice(folder.length + 1).replaceAll('\\', '/');
        return { path, text: await readFile(file, 'utf8') };
      }),
  );
}
