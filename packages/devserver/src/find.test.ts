import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fakeContext } from '../test/fake-context.ts';
import { withScratch } from './cache.ts';
import { DevserverError } from './error.ts';
import { findServer } from './find.ts';
import type { FindContext, ServerBinary, Via, Way } from './way.ts';

const binary = (via: Via): ServerBinary => ({
  path: `/${via}/nats-server`,
  version: '2.15.1',
  via,
});

function fakeWay(via: Via, find: Way['find'], changes: Partial<Way> = {}): Way {
  return { via, timeoutMs: 5_000, fetches: false, find, ...changes };
}

async function search(ways: readonly Way[]) {
  const { cacheDir } = await fakeContext();
  const lines: string[] = [];
  const found = findServer({ ways, cacheDir, env: {}, log: (line) => lines.push(line) });
  found.catch(() => {});
  return { found, lines };
}

test('takes the first way that has a server and leaves the others alone', async () => {
  const tried: Via[] = [];
  const way = (via: Via, has: boolean) =>
    fakeWay(via, async () => {
      tried.push(via);
      return has ? binary(via) : undefined;
    });
  const { found, lines } = await search([way('env', false), way('path', true), way('cache', true)]);
  await expect(found).resolves.toEqual(binary('path'));
  expect(tried).toEqual(['env', 'path']);
  expect(lines).toEqual(['using nats-server 2.15.1: /path/nats-server (path)']);
});

test('tells what the way that is tried is at', async () => {
  const { cacheDir } = await fakeContext();
  const steps: unknown[] = [];
  const fetching = fakeWay('github', async ({ progress }) => {
    progress({ what: 'fetching it', doneBytes: 1, totalBytes: 2 });
    return binary('github');
  });
  const progress = (step: unknown) => void steps.push(step);
  await findServer({ ways: [fetching], cacheDir, env: {}, progress });
  expect(steps).toEqual([{ via: 'github', what: 'fetching it', doneBytes: 1, totalBytes: 2 }]);
});

test('goes on after a way that failed, and says why it failed', async () => {
  const { found, lines } = await search([
    fakeWay('path', () => Promise.reject(new Error('nats-server 2.10.27 is too old'))),
    fakeWay('cache', async () => binary('cache')),
  ]);
  await expect(found).resolves.toEqual(binary('cache'));
  expect(lines[0]).toBe('path: nats-server 2.10.27 is too old');
});

test('goes on after a way that hangs', async () => {
  let signal: AbortSignal | undefined;
  const hang = (context: FindContext) => {
    signal = context.signal;
    return new Promise<undefined>(() => {});
  };
  const { found, lines } = await search([
    fakeWay('github', hang, { timeoutMs: 30 }),
    fakeWay('debian', async () => binary('debian')),
  ]);
  // An unreferenced limit does not keep the process alive; the test does.
  await expect(found).resolves.toEqual(binary('debian'));
  expect(signal?.aborted).toBe(true);
  expect(lines[0]).toBe('github: no end in 30 ms');
});

test('names every way and its reason when none has a server', async () => {
  const { found } = await search([
    fakeWay('path', async () => undefined),
    fakeWay('github', () => Promise.reject(new Error('getaddrinfo ENOTFOUND'))),
  ]);
  await expect(found).rejects.toBeInstanceOf(DevserverError);
  await expect(found).rejects.toMatchObject({ code: 'SERVER_START_FAILED', retryable: false });
  await expect(found).rejects.toThrow(/path: none here\n {2}github: getaddrinfo ENOTFOUND/);
  await expect(found).rejects.toThrow(/set NATS_SERVER_BIN to one, or set NATS_URL/);
});

test('stops at once when the server that the user named is wrong', async () => {
  const { found } = await search([
    fakeWay('env', () => Promise.reject(new DevserverError('NATS_SERVER_BIN cannot be used'))),
    fakeWay('path', async () => binary('path')),
  ]);
  await expect(found).rejects.toThrow('NATS_SERVER_BIN cannot be used');
});

test('a search that is stopped tries no other way, and leaves nothing behind', async () => {
  const { cacheDir } = await fakeContext();
  const stop = new AbortController();
  const lines: string[] = [];
  const tried: Via[] = [];
  const fetching = fakeWay(
    'debian',
    (context) =>
      withScratch(context, async (directory) => {
        tried.push('debian');
        await writeFile(join(directory, 'half'), '');
        const ended = new Promise((_, reject) => {
          context.signal.addEventListener('abort', () => {
            setTimeout(() => reject(new Error('apt-get: ended by SIGINT')), 20);
          });
        });
        stop.abort();
        await ended;
        return undefined;
      }),
    { fetches: true },
  );
  const next = fakeWay('go', async () => {
    tried.push('go');
    return binary('go');
  });
  const search = { ways: [fetching, next], cacheDir, env: {}, signal: stop.signal };
  const found = findServer({ ...search, log: (line) => lines.push(line) });
  await expect(found).rejects.toThrow('the search for a nats-server was stopped');
  expect(tried).toEqual(['debian']);
  expect(lines).toEqual([]);
  expect(await readdir(cacheDir)).toEqual([]);
});

test('a program that the same Ctrl-C ended first is no way that failed', async () => {
  const stop = new AbortController();
  const { cacheDir } = await fakeContext();
  const lines: string[] = [];
  const interrupted = fakeWay(
    'debian',
    () => {
      setTimeout(() => stop.abort(), 5);
      return Promise.reject(new Error('apt-get: ended by SIGINT'));
    },
    { fetches: true },
  );
  const next = fakeWay('go', async () => binary('go'));
  const search = { ways: [interrupted, next], cacheDir, env: {}, signal: stop.signal };
  await expect(findServer({ ...search, log: (line) => lines.push(line) })).rejects.toThrow(
    'was stopped',
  );
  expect(lines).toEqual([]);
});

test('searches at the same time fetch once', async () => {
  const { cacheDir } = await fakeContext();
  let fetches = 0;
  const fetching = fakeWay(
    'github',
    async () => {
      fetches++;
      const directory = join(cacheDir, '2.15.1');
      await mkdir(directory, { recursive: true });
      const script = '#!/bin/sh\necho "nats-server: v2.15.1"\n';
      await writeFile(join(directory, 'nats-server'), script, { mode: 0o755 });
      return binary('github');
    },
    { fetches: true },
  );
  const options = { ways: [fetching], cacheDir, env: {} };
  const found = await Promise.all(Array.from({ length: 5 }, () => findServer(options)));
  expect(fetches).toBe(1);
  expect(found.map(({ via }) => via).sort()).toEqual([
    'cache',
    'cache',
    'cache',
    'cache',
    'github',
  ]);
});

test('when the one that fetches fails, the next one tries', async () => {
  const { cacheDir } = await fakeContext();
  let fetches = 0;
  const flaky = fakeWay(
    'github',
    async () => {
      fetches++;
      if (fetches === 1) throw new Error('connection reset');
      return binary('github');
    },
    { fetches: true },
  );
  const options = { ways: [flaky], cacheDir, env: {} };
  const results = await Promise.allSettled([findServer(options), findServer(options)]);
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('says so when the cache cannot be written', async () => {
  const { cacheDir } = await fakeContext();
  await mkdir(cacheDir, { recursive: true });
  await writeFile(join(cacheDir, 'file'), '');
  const ways = [fakeWay('github', async () => binary('github'), { fetches: true })];
  const told = (name: string, code: string) =>
    expect(findServer({ ways, cacheDir: name, env: {} })).rejects.toThrow(
      `${name} is not writable (${code}): set XDG_CACHE_HOME`,
    );
  await told(join(cacheDir, 'file', 'x'), 'ENOTDIR');
  if (process.platform === 'linux') await told('/proc/jetlane', 'ENOENT');
});
