/**
 * Every ```ts block of the documentation runs, against a real nats-server. A block without imports goes on where the one
 * before it ended. A comment `<!-- prints: ... -->` after a block is what it must print; `<!-- file: ... -->` before one
 * is what later blocks call it. Pages marked `<!-- walk: ... -->` are followed step by step in docs/test/walk.test.ts instead.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules', '.jetlane-docs');
const RAN = 'the block ran to its end';

const BLOCK = /(?:<!-- file: (\S+) -->\n+)?^```ts\n(.*?)^```\n+(?:<!-- prints: (.*?) -->)?/gms;

interface Block {
  readonly line: number;
  readonly code: string;
  readonly prints: string;
  /** Its name, where later blocks need one. */
  readonly file: string | undefined;
}

let server: Server;

beforeAll(async () => {
  server = await startServer();
  await mkdir(folder, { recursive: true });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Reports of the public surface are generated, and hold declarations. */
const WHICH = ['*.md', ':!*.api.md'];
const pages = execFileSync('git', ['ls-files', ...WHICH], { cwd: root, encoding: 'utf8' });

for (const page of pages.trim().split('\n')) {
  const text = await readFile(join(root, page), 'utf8');
  const blocks = /^<!-- walk: /m.test(text) ? [] : blocksOf(text);
  if (blocks.length === 0) continue;
  describe(page, () => {
    it.each(blocks)('runs its block at line $line', async ({ line, code, prints, ...named }) => {
      const own = `${page.replaceAll(/[^a-z0-9]/gi, '-')}-${line}.ts`;
      const file = join(folder, named.file ?? own);
      await writeFile(file, `${code}\nconsole.log(${JSON.stringify(RAN)});\n`);
      const output = await outputOf(file, [RAN, prints]);
      expect(output).toContain(RAN);
      expect(output).toContain(prints);
    });
  });
}

/** The blocks of a page. One without imports goes on where the one before it ended. */
function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(BLOCK)) {
    const [, file, own = '', prints = ''] = match;
    const before = /^import /m.test(own) ? '' : (blocks.at(-1)?.code ?? '');
    const line = text.slice(0, match.index).split('\n').length;
    blocks.push({ line, code: before + own, prints, file });
  }
  return blocks;
}

/** Runs a TypeScript module until it has printed everything expected, has ended, or has taken too long. */
async function outputOf(file: string, expected: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'jiti/register', file], {
    cwd: folder,
    env: { ...process.env, NATS_URL: server.url },
  });
  let output = '';
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 20_000);
    const read = (data: Buffer) => {
      output += data.toString();
      if (expected.every((text) => output.includes(text))) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  child.kill('SIGKILL');
  return output;
}
