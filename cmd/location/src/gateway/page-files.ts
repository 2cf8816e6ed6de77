/** The built page, read once and kept compressed: some files, so a page that is opened costs no disk. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  /** Its name says its content, so it never changes. */
  readonly immutable: boolean;
}

/** All files of a page. */
export interface PageFiles {
  /** By path: `/`, `/assets/…`. */
  readonly files: ReadonlyMap<string, PageFile>;
  /** Another whenever a file is: a page that names another one is older, or newer. */
  readonly build: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
};
/** Where a page says which build it is. */
const BUILD_META = '<meta name="build" content="">';

/**
 * Reads the page that vite built into `directory`, and writes its build into its `<meta name="build">`.
 *
 * @throws Error in one sentence, when it was not built
 */
export function pageFiles(directory: string): PageFiles {
  const index = join(directory, 'index.html');
  if (!existsSync(index)) {
    throw new Error(`the page is not built (no ${index}): run npm run build`);
  }
  const build = createHash('sha256').update(readFileSync(index)).digest('hex').slice(0, 12);
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const place = `/${relative(directory, path).split(sep).join('/')}`;
    const content = readFileSync(path);
    const immutable = place.startsWith('/assets/');
    if (place !== '/index.html') files.set(place, pageFile(content, type, immutable));
    else files.set('/', pageFile(named(content, build), type, false));
  }
  return { files, build };
}

/** Something that is served like a file. */
export function pageFile(content: Buffer | string, type: string, immutable: boolean): PageFile {
  const plain = Buffer.from(content);
  return { type, plain, gzipped: gzipSync(plain, { level: 9 }), immutable };
}

/** Answers with a file, compressed where the browser takes that. */
export function sendFile(
  context: Context,
  { type, plain, gzipped, immutable }: PageFile,
): Response {
  const compressed = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  const headers: Record<string, string> = {
    'content-type': type,
    'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
  };
  if (compressed) headers['content-encoding'] = 'gzip';
  return context.body(new Uint8Array(compressed ? gzipped : plain), 200, headers);
}

function named(html: Buffer, build: string): string {
  const text = html.toString();
  return text.replace(BUILD_META, BUILD_META.replace('content=""', `content="${build}"`));
}
