/** The built page: read once and kept, compressed too, so that a page that is opened costs no disk. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  /** Its name says its content, so it never changes. */
  readonly immutable: boolean;
}

/** Where the page is built to, for the sources and for what is compiled of them. */
export const PAGE = fileURLToPath(new URL('../dist/page/', import.meta.url));

/** The files of a page by path, `index.html` as an empty one; undefined where it was not built. */
export async function readPage(
  directory: string,
): Promise<ReadonlyMap<string, PageFile> | undefined> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  const files = new Map<string, PageFile>();
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const place = relative(directory, path).split(sep).join('/');
    const plain = new Uint8Array(await readFile(path));
    const gzipped = new Uint8Array(await compress(plain, { level: 9 }));
    const immutable = place.startsWith('assets/');
    files.set(place === 'index.html' ? '' : place, { type, plain, gzipped, immutable });
  }
  return files.has('') ? files : undefined;
}

const compress = promisify(gzip);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
};
