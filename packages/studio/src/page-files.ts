/** A built page: read once and kept, compressed too, so that a page that is opened costs no disk. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context } from 'hono';

/** A file as it is sent. */
export interface PageFile {
  /** Its content type. */
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  /** Its name says its content, so it never changes. */
  readonly immutable: boolean;
}

/** All that a bundler left of a page. */
export interface BuiltPage {
  /** By path, with no slash before it: `assets/…`; `index.html` under the empty one. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** Another whenever one of the files is: a page that names another one is older, or newer. 12 hexadecimal digits. */
  readonly build: string;
}

/**
 * Reads the page that vite built into `directory`, and writes the name of its build into its `<meta name="build" content="">`,
 * where it has one. Files below `assets/` have their content in their name. Resolves to undefined where there is no `index.html`.
 *
 * @example
 * const page = await readPage(fileURLToPath(new URL('../dist/page/', import.meta.url)));
 * for (const [path, file] of page?.files ?? []) app.get(`/${path}`, (context) => sendFile(context, file));
 */
export async function readPage(directory: string): Promise<BuiltPage | undefined> {
  const index = await readFile(join(directory, 'index.html'), 'utf8').catch(() => undefined);
  if (index === undefined) return undefined;
  const build = createHash('sha256').update(index).digest('hex').slice(0, 12);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, PageFile>();
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const place = relative(directory, path).split(sep).join('/');
    if (place === 'index.html') files.set('', await pageFile(named(index, build), { type }));
    else {
      const immutable = place.startsWith('assets/');
      files.set(place, await pageFile(await readFile(path), { type, immutable }));
    }
  }
  return { files, build };
}

/** Something else that is served like a file of a page. `immutable`: default false. */
export async function pageFile(
  content: string | Uint8Array,
  { type, immutable = false }: { readonly type: string; readonly immutable?: boolean },
): Promise<PageFile> {
  const plain = new Uint8Array(Buffer.from(content));
  const gzipped = new Uint8Array(await compress(plain, { level: 9 }));
  return { type, plain, gzipped, immutable };
}

/** Answers with a file: compressed where the browser takes that, and kept by it for good where it is immutable. */
export function sendFile(
  context: Context,
  { type, plain, gzipped, immutable }: PageFile,
): Response {
  const compressed = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return context.body(compressed ? gzipped : plain, 200, {
    'content-type': type,
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(compressed ? { 'content-encoding': 'gzip' } : {}),
  });
}

const compress = promisify(gzip);
const BUILD_META = '<meta name="build" content="">';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
};

function named(html: string, build: string): string {
  return html.replace(BUILD_META, BUILD_META.replace('content=""', `content="${build}"`));
}
