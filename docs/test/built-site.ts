/** The site, built into a folder of its own, its pages read, and served. */
import { spawn } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { root } from '../generate/places.ts';

/** A built site. */
export interface BuiltSite extends Disposable {
  readonly folder: string;
  /** Files by their path in the folder, with `/`. */
  readonly files: readonly string[];
  /** What VitePress said. */
  readonly output: string;
  read(file: string): string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** Writes the reference and builds the site, as `npm run docs:build` does. Throws with what was said where that fails. */
export async function buildSite(source = join(root, 'docs')): Promise<BuiltSite> {
  const folder = mkdtempSync(join(tmpdir(), 'jetlane-site-'));
  const vitepress = join(root, 'node_modules/vitepress/bin/vitepress.js');
  await run(['--import', 'jiti/register', join(root, 'docs/generate/main.ts')]);
  const output = await run([vitepress, 'build', source, '--outDir', folder]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => statSync(join(folder, file)).isFile());
  return {
    folder,
    files,
    output,
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Serves a folder on a free port of this machine. */
export async function serve(
  folder: string,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    const stream = createReadStream(file);
    stream.once('error', () => response.writeHead(404).end());
    stream.once('open', () => {
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' });
      stream.pipe(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => void server.close() };
}

function run(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const hear = (data: Buffer) => {
    output += data.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`exit code ${code}:\n${output}`));
    });
  });
}
