import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { fakeContext } from '../../test/fake-context.ts';
import { temporary } from '../../test/temporary.ts';
import { SERVER_VERSION } from '../binary.ts';
import { runCommand } from '../command.ts';
import { checksumOf, githubWay, releaseName } from './github.ts';

const NAME = `nats-server-v${SERVER_VERSION}-linux-amd64`;
const ARCHIVE = `${NAME}.tar.gz`;

afterEach(() => {
  vi.useRealTimers();
});

test('knows the release of each platform', () => {
  expect(releaseName('linux', 'x64')).toBe(NAME);
  expect(releaseName('darwin', 'arm64')).toBe(`nats-server-v${SERVER_VERSION}-darwin-arm64`);
  expect(releaseName('win32', 'x64')).toBe(`nats-server-v${SERVER_VERSION}-windows-amd64`);
  expect(releaseName('aix', 'ppc64')).toBeUndefined();
});

test('reads one checksum from the list', () => {
  const sum = 'A'.repeat(64);
  const sums = `${'b'.repeat(64)}  other.zip\n${sum} *${ARCHIVE}\n`;
  expect(checksumOf(sums, ARCHIVE)).toBe(sum.toLowerCase());
  expect(checksumOf(sums, 'nats-server.zip')).toBeUndefined();
  expect(checksumOf(`not-a-sum  ${ARCHIVE}`, ARCHIVE)).toBeUndefined();
});

test('does not apply on a platform without a release', async () => {
  const context = await fakeContext({ platform: 'aix', arch: 'ppc64' });
  await expect(githubWay.find(context)).resolves.toBeUndefined();
});

test('unpacks an archive that has the right checksum into the cache', async () => {
  const archive = await makeArchive();
  const fetch = fakeFetch(archive, createHash('sha256').update(archive).digest('hex'));
  const context = await fakeContext({ fetch, run: runCommand });
  const found = await githubWay.find(context);
  expect(found).toMatchObject({ version: SERVER_VERSION, via: 'github' });
  expect(await readdir(context.cacheDir)).toEqual([SERVER_VERSION]);
  const size = archive.length;
  const what = `fetching ${ARCHIVE}`;
  expect(context.steps.at(-1)).toEqual({ what, doneBytes: size, totalBytes: size });
});

test('does not unpack an archive that has another checksum', async () => {
  const context = await fakeContext({ fetch: fakeFetch(await makeArchive(), 'c'.repeat(64)) });
  await expect(githubWay.find(context)).rejects.toThrow(/the release says c{64}: not used/);
  expect(context.commands).toEqual([]);
});

test('does not fetch an archive that the checksums do not name', async () => {
  const context = await fakeContext({ fetch: async () => new Response('') });
  await expect(githubWay.find(context)).rejects.toThrow(`does not name ${ARCHIVE}`);
});

test('says what the site answered', async () => {
  const fetch = async () => new Response('no', { status: 404 });
  const context = await fakeContext({ fetch });
  await expect(githubWay.find(context)).rejects.toThrow('SHA256SUMS answers 404');
});

test('says why the site could not be reached', async () => {
  const cause = new Error('getaddrinfo ENOTFOUND github.com');
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
  const context = await fakeContext({ fetch });
  await expect(githubWay.find(context)).rejects.toThrow('getaddrinfo ENOTFOUND github.com');
});

test('gives up in seconds when the site stays silent', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const context = await fakeContext({ fetch: silentFetch });
  const found = githubWay.find(context);
  found.catch(() => {});
  await vi.advanceTimersByTimeAsync(5_000);
  await expect(found).rejects.toThrow('does not answer in 5000 ms');
});

const silentFetch: typeof fetch = (_, init) =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });

function fakeFetch(archive: Buffer, sum: string): typeof fetch {
  return async (url) => {
    if (String(url).endsWith('/SHA256SUMS')) return new Response(`${sum}  ${ARCHIVE}\n`);
    const headers = { 'content-length': String(archive.length) };
    return new Response(new Uint8Array(archive), { headers });
  };
}

async function makeArchive(): Promise<Buffer> {
  const directory = await temporary();
  await mkdir(join(directory, NAME));
  const script = `#!/bin/sh\necho "nats-server: v${SERVER_VERSION}"\n`;
  await writeFile(join(directory, NAME, 'nats-server'), script, { mode: 0o755 });
  execFileSync('tar', ['-czf', ARCHIVE, NAME], { cwd: directory });
  return readFile(join(directory, ARCHIVE));
}
