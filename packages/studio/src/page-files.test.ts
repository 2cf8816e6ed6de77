import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, describe, expect, it } from 'vitest';
import { pageFile, readPage, sendFile } from './page-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'studio-page-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a built page', () => {
  it('is missing where it was not built', async () => {
    expect(await readPage(join(directory, 'nowhere'))).toBeUndefined();
    expect(await readPage(directory)).toBeUndefined();
  });

  it('is all files that a browser takes, and names its build', async () => {
    mkdirSync(join(directory, 'assets'));
    writeFileSync(join(directory, 'index.html'), '<meta name="build" content=""><p>one');
    writeFileSync(join(directory, 'assets', 'a-1.js'), 'go()');
    writeFileSync(join(directory, '.stamp.json'), '{}');
    const page = await readPage(directory);
    expect([...(page?.files.keys() ?? [])].sort()).toEqual(['', 'assets/a-1.js']);
    const index = page?.files.get('');
    expect(text(index?.plain)).toBe(`<meta name="build" content="${page?.build}"><p>one`);
    expect(gunzipSync(index?.gzipped ?? new Uint8Array())).toEqual(Buffer.from(index?.plain ?? []));
    writeFileSync(join(directory, 'index.html'), '<meta name="build" content=""><p>two');
    expect((await readPage(directory))?.build).not.toBe(page?.build);
  });

  it('is sent compressed to those who take that, and kept where its name says its content', async () => {
    const app = new Hono();
    const script = await pageFile('go()', { type: 'text/javascript', immutable: true });
    const index = await pageFile('<p>', { type: 'text/html' });
    app.get('/script', (context) => sendFile(context, script));
    app.get('/', (context) => sendFile(context, index));
    const sent = await app.request('/script', { headers: { 'accept-encoding': 'br, gzip' } });
    expect(sent.headers.get('content-encoding')).toBe('gzip');
    expect(sent.headers.get('cache-control')).toContain('immutable');
    expect(text(gunzipSync(await sent.arrayBuffer()))).toBe('go()');
    const plain = await app.request('/');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('cache-control')).toBe('no-cache');
    expect(plain.headers.get('vary')).toBe('accept-encoding');
    expect(await plain.text()).toBe('<p>');
  });
});

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
