import { spawnSync } from 'node:child_process';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeContext } from '../test/fake-context.ts';
import { addToCache, lockCache, readCache, serverCacheDir, withScratch } from './cache.ts';

const posix = (path: string) => path.replaceAll('\\', '/');

test('the cache lies where the platform keeps caches', () => {
  const env = { HOME: '/h' };
  const at = (platform: NodeJS.Platform, more = {}) =>
    posix(serverCacheDir({ ...env, ...more }, platform));
  expect(at('linux')).toBe('/h/.cache/jetlane/nats-server');
  expect(at('darwin')).toBe('/h/Library/Caches/jetlane/nats-server');
  expect(at('win32', { LOCALAPPDATA: '/l' })).toBe('/l/jetlane/nats-server');
  expect(at('linux', { XDG_CACHE_HOME: '/x' })).toBe('/x/jetlane/nats-server');
});

test('an empty cache holds nothing', async () => {
  await expect(readCache(await fakeContext())).resolves.toBeUndefined();
});

test('the newest server that works is taken from the cache', async () => {
  const context = await fakeContext({
    answers: (words) => {
      if (words.includes('2.16.0')) throw new Error('damaged');
      return `nats-server: v${/(2\.\d+\.\d+)/.exec(words)?.[1]}\n`;
    },
  });
  for (const version of ['2.14.3', '2.15.1', '2.16.0', '2.9.1']) {
    await mkdir(join(context.cacheDir, version), { recursive: true });
  }
  await expect(readCache(context)).resolves.toEqual({
    path: join(context.cacheDir, '2.15.1', 'nats-server'),
    version: '2.15.1',
    via: 'cache',
  });
});

test('a fetched server is moved in under its version and the scratch directory goes', async () => {
  const context = await fakeContext({ answers: () => 'nats-server: v2.15.1\n' });
  const added = await withScratch(context, async (directory) => {
    const source = join(directory, 'made');
    await writeFile(source, 'program');
    return addToCache(context, source, 'github');
  });
  expect(added.path).toBe(join(context.cacheDir, '2.15.1', 'nats-server'));
  expect(await readdir(context.cacheDir)).toEqual(['2.15.1']);
});

test('what does not run is not moved in', async () => {
  const context = await fakeContext();
  const work = withScratch(context, async (directory) => {
    const source = join(directory, 'made');
    await writeFile(source, 'program');
    return addToCache(context, source, 'github');
  });
  await expect(work).rejects.toThrow('not installed');
  expect(await readdir(context.cacheDir)).toEqual([]);
});

test('the lock has one holder, and waiters hear when it is free', async () => {
  const { cacheDir } = await fakeContext();
  const release = await lockCache(cacheDir, 1_000);
  const waiter = lockCache(cacheDir, 10_000);
  await release?.();
  await expect(waiter).resolves.toBeUndefined();
});

test('a lock that its holder left behind is removed', async () => {
  const { cacheDir } = await fakeContext();
  const lock = join(cacheDir, '.lock');
  await mkdir(lock, { recursive: true });
  await utimes(lock, new Date(0), new Date(0));
  await expect(lockCache(cacheDir, 10_000)).resolves.toBeUndefined();
  await expect(lockCache(cacheDir, 10_000)).resolves.toBeTypeOf('function');
});

test('a lock that is never freed is passed by in the end', async () => {
  const { cacheDir } = await fakeContext();
  const release = await lockCache(cacheDir, 1_000);
  await expect(lockCache(cacheDir, 0)).resolves.toBeTypeOf('function');
  await release?.();
});

test('a lock whose owner is gone is not waited for', async () => {
  const { cacheDir } = await fakeContext();
  const lock = join(cacheDir, '.lock');
  await mkdir(lock, { recursive: true });
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(join(lock, 'owner'), `${gone}@${hostname().replaceAll(/[^\w.-]/g, '_')}`);
  await expect(lockCache(cacheDir, 1)).resolves.toBeUndefined();
  await expect(lockCache(cacheDir, 1)).resolves.toBeTypeOf('function');
  expect(await readdir(lock)).toEqual(['owner']);
});

test('who waits for the lock can be stopped', async () => {
  const { cacheDir } = await fakeContext();
  const release = await lockCache(cacheDir, 1_000);
  const stop = new AbortController();
  const waiting = lockCache(cacheDir, 60_000, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await release?.();
});

test('what a process that is gone was fetching is removed, and nothing else', async () => {
  const context = await fakeContext();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const here = hostname().replaceAll(/[^\w.-]/g, '_');
  const names = [
    `.fetch-${gone}@${here}-a1B2c3`,
    `.fetch-${process.pid}@${here}-a1B2c3`,
    `.fetch-${gone}@another-machine-a1B2c3`,
    '.fetch-unnamed',
    '.fetch-ancient',
  ];
  for (const name of names) await mkdir(join(context.cacheDir, name, 'lists'), { recursive: true });
  await utimes(join(context.cacheDir, '.fetch-ancient'), new Date(0), new Date(0));
  await readCache(context);
  expect((await readdir(context.cacheDir)).sort()).toEqual(names.slice(1, 4).sort());
});
