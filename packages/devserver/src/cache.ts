/**
 * Jetlane's cache of servers: `<cache>/<version>/nats-server`. A binary gets there by one rename, so a reader
 * sees all of it or nothing, whoever else fetches at the same time. A lock directory keeps several processes
 * from fetching the same thing twice; its owner's name is in it and it refreshes it, so
 * one that died is noticed. What a dead one left behind goes with the next look.
 */
import { randomUUID } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compareVersions, readVersion } from './binary.ts';
import { makeDirectory } from './make-directory.ts';
import type { FindContext, ServerBinary, Via } from './way.ts';

const OWNER = 'owner';
const LOCK_STALE_MS = 8_000;
const LOCK_REFRESH_MS = 2_000;
const LOCK_POLL_MS = 100;
const SCRATCH = '.fetch-';
/** Longer than any fetch: for directories whose owner is on another machine, or has left no name. */
const SCRATCH_STALE_MS = 3_600_000;
/** This process, among those that share the cache. */
const ME = `${process.pid}@${hostname().replaceAll(/[^\w.-]/g, '_')}`;

/** Where servers are cached: by platform convention, or under `XDG_CACHE_HOME`. */
export function serverCacheDir(env: FindContext['env'], platform: NodeJS.Platform): string {
  return join(cacheHome(env, platform), 'jetlane', 'nats-server');
}

/** The newest cached server that works here; undefined when there is none. */
export async function readCache(context: FindContext): Promise<ServerBinary | undefined> {
  const entries: string[] = await readdir(context.cacheDir).catch(() => []);
  await sweep(context.cacheDir, entries);
  const versions = entries.filter((name) => /^\d/.test(name)).sort(compareVersions);
  for (const entry of versions.reverse()) {
    const path = join(context.cacheDir, entry, binaryName(context.platform));
    const version = await readVersion(path, context.run).catch(() => undefined);
    if (version !== undefined) return { path, version, via: 'cache' };
  }
  return undefined;
}

/** Runs `work` with a fresh directory beside the cached servers, removed afterwards. */
export async function withScratch<T>(
  context: FindContext,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  await makeDirectory(context.cacheDir);
  const directory = await mkdtemp(join(context.cacheDir, `${SCRATCH}${ME}-`));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Moves the executable `source` (in the scratch directory) into the cache, after running its `--version`. */
export async function addToCache(
  context: FindContext,
  source: string,
  via: Via,
): Promise<ServerBinary> {
  await chmod(source, 0o755);
  const version = await readVersion(source, context.run);
  const directory = join(context.cacheDir, version);
  const path = join(directory, binaryName(context.platform));
  await makeDirectory(directory);
  await rename(source, path).catch(async (cause) => {
    // Windows does not replace a program that runs: another process was first, its copy is as good.
    await readVersion(path, context.run).catch(() => {
      throw cause;
    });
  });
  return { path, version, via };
}

/** The executable's file name. */
export function binaryName(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'nats-server.exe' : 'nats-server';
}

/**
 * Takes the cache's lock and resolves with its release; resolves with undefined when another process held it
 * and let go (then the cache is worth another look). Waits at most `timeoutMs`, then goes on without the lock:
 * fetching twice is harmless.
 *
 * @throws the reason of `stopped` when that aborts
 */
export async function lockCache(
  cacheDir: string,
  timeoutMs: number,
  stopped?: AbortSignal,
): Promise<(() => Promise<void>) | undefined> {
  const path = join(cacheDir, '.lock');
  await makeDirectory(cacheDir);
  const taken = await mkdir(path).then(
    () => true,
    (cause) => {
      if (cause.code === 'EEXIST') return false;
      throw cause;
    },
  );
  if (taken) {
    await writeFile(join(path, OWNER), ME).catch(() => {}); // without a name its age counts
    return heldLock(path);
  }
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => undefined,
    );
    if (age === undefined) return undefined;
    const owner = await readFile(join(path, OWNER), 'utf8').catch(() => '');
    if (age > LOCK_STALE_MS || isGone(owner)) {
      await removeStale(path);
      return undefined;
    }
    await delay(LOCK_POLL_MS);
    stopped?.throwIfAborted();
  }
  return async () => {};
}

function heldLock(path: string): () => Promise<void> {
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, LOCK_REFRESH_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await rm(path, { recursive: true, force: true });
  };
}

// Renamed first: of several waiters one removes the old lock, and none removes a new one.
async function removeStale(path: string): Promise<void> {
  const grave = `${path}-${randomUUID()}`;
  await rename(path, grave).catch(() => {});
  await rm(grave, { recursive: true, force: true });
}

/** Removes what processes that are gone were fetching. */
async function sweep(cacheDir: string, entries: readonly string[]): Promise<void> {
  const scratch = entries.filter((name) => name.startsWith(SCRATCH));
  const sweeping = scratch.map(async (name) => {
    const path = join(cacheDir, name);
    const owner = name.slice(SCRATCH.length, Math.max(0, name.lastIndexOf('-')));
    const { mtimeMs } = await stat(path);
    if (isGone(owner) || Date.now() - mtimeMs > SCRATCH_STALE_MS)
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
  });
  await Promise.allSettled(sweeping); // what stays is looked at again
}

/** Whether an owner is a process of this machine that does not run any more. */
function isGone(owner: string): boolean {
  const [pid = '', place = ''] = owner.split(/@(.*)/s);
  if (!/^\d+$/.test(pid) || place !== ME.slice(ME.indexOf('@') + 1)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function cacheHome(env: FindContext['env'], platform: NodeJS.Platform): string {
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME;
  const home = env.HOME || homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Caches');
  if (platform === 'win32') return env.LOCALAPPDATA || join(home, 'AppData', 'Local');
  return join(home, '.cache');
}
