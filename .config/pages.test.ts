import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { homes, pages } from './pages.mjs';
import { root } from './steps.mjs';

const allBytesMax = 400_000;

describe('the pages of this repository', () => {
  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, ['.config/pages.mjs'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^pages: /);
    expect(status).toBe(0);
  });

  it('weigh less than 400 kB together, as they are sent', () => {
    const sizes = homes().map((home) => ({ home, bytes: sent(bundle(home)) }));
    console.log(
      sizes.map(({ home, bytes }) => `${home} ${(bytes / 1000).toFixed(1)} kB`).join(', '),
    );
    expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(allBytesMax);
  });

  it.each(homes())('%s is one script and one stylesheet, and names nothing elsewhere', (home) => {
    const files = bundle(home);
    const html = textOf(files, 'index.html');
    expect(named(files, '.js')).toHaveLength(1);
    expect(named(files, '.css')).toHaveLength(1);
    for (const [, link] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
      expect(link).toMatch(/^\.\/assets\/[\w-]+-[\w-]{8}\.(js|css|svg)$/);
    }
    expect(html).not.toMatch(/<style|<script>|\son\w+=|\sstyle=/);
    const css = textOf(files, named(files, '.css')[0] ?? '');
    expect(css).not.toMatch(/url\(\s*["']?(?:https?:|\/\/|data:)/);
  });

  it.each(homes())('%s says nothing of the machine that built it', (home) => {
    for (const [path, content] of bundle(home)) {
      expect(content.includes(root), path).toBe(false);
      expect(content.includes('sourceMappingURL'), path).toBe(false);
    }
  });
});

describe('building a page', () => {
  const house = join(root, 'node_modules', '.jetlane-pages');
  const place = join(house, 'cmd/hall');
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  };
  const script = () => textOf(filesIn(join(place, 'dist/page')), '.js');

  beforeAll(() => {
    rmSync(house, { recursive: true, force: true });
    write('page/vite.config.ts', 'export default {};');
    write('page/index.html', '<script type="module" src="./main.ts"></script>');
    write('page/main.ts', `import { words } from '../src/words.ts';\ndocument.title = words;`);
    write('src/words.ts', `export const words = 'first';`);
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it('does nothing when nothing that it is made of changed', async () => {
    expect(await pages(house)).toBe('cmd/hall');
    expect(script()).toContain('first');
    const builtAt = statSync(join(place, 'dist/page/index.html')).mtimeMs;
    write('src/another.ts', 'export const elsewhere = 1;');
    expect(await pages(house)).toBe('unchanged');
    expect(statSync(join(place, 'dist/page/index.html')).mtimeMs).toBe(builtAt);
  });

  it('is done again for its own sources, and for those outside that it imports', async () => {
    write('src/words.ts', `export const words = 'second';`);
    expect(await pages(house)).toBe('cmd/hall');
    expect(script()).toContain('second');
    write('page/index.html', '<p></p><script type="module" src="./main.ts"></script>');
    expect(await pages(house)).toBe('cmd/hall');
  });

  it('that fails leaves the page as it was, and is tried again', async () => {
    write('page/index.html', '<style>p {}</style><script type="module" src="./main.ts"></script>');
    await expect(pages(house)).rejects.toThrow('exit code 1');
    expect(script()).toContain('second');
    await expect(pages(house)).rejects.toThrow('exit code 1');
  });
});

type Files = readonly (readonly [path: string, content: Buffer])[];

function bundle(home: string): Files {
  return filesIn(join(root, home, 'dist/page'));
}

function filesIn(folder: string): Files {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)] as const);
}

function named(files: Files, end: string): string[] {
  return files.map(([path]) => path).filter((path) => path.endsWith(end));
}

function textOf(files: Files, end: string): string {
  return files.find(([path]) => path.endsWith(end))?.[1].toString() ?? '';
}

/** What a browser loads, compressed; the licences and the stamp it does not ask for. */
function sent(files: Files): number {
  return files
    .filter(([path]) => /\.(html|js|css|svg)$/.test(path))
    .reduce((sum, [, content]) => sum + gzipSync(content).length, 0);
}
