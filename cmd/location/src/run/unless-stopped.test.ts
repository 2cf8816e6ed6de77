import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseOptions } from './options.ts';
import { run } from './run.ts';
import { RunStopped } from './run-failure.ts';
import { silentScreen } from './screen.ts';
import { unlessStopped } from './unless-stopped.ts';

afterEach(() => vi.unstubAllEnvs());

describe('what takes its time', () => {
  it('is waited for while the run goes on', async () => {
    const { signal } = new AbortController();
    expect(await unlessStopped(Promise.resolve(7), signal)).toBe(7);
    await expect(unlessStopped(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('is not waited for when the run is stopped, whatever becomes of it', async () => {
    const stop = new AbortController();
    let fail = (_: Error) => {};
    const coming = new Promise<number>((_, reject) => {
      fail = reject;
    });
    const waiting = unlessStopped(coming, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('stopped before it began');
    await expect(unlessStopped(coming, stop.signal)).rejects.toBeInstanceOf(RunStopped);
    fail(new Error('ended by SIGINT'));
    await expect(coming).rejects.toThrow('SIGINT');
  });

  it('is not blamed for what fails when the run is stopped', async () => {
    const options = parseOptions(['--headless', '--server', 'nats://127.0.0.1:1'], {});
    const running = run(options, silentScreen, AbortSignal.abort());
    await expect(running).rejects.toBeInstanceOf(RunStopped);
  });

  it('includes a nats-server that is being fetched', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'location-cache-'));
    const servers = join(
      cache,
      ...(process.platform === 'darwin' ? ['Library', 'Caches'] : []),
      ...['jetlane', 'nats-server'],
    );
    // Another process has begun to fetch: this one waits for it.
    mkdirSync(join(servers, '.lock'), { recursive: true });
    for (const name of ['PATH', 'NATS_SERVER_BIN', 'XDG_CACHE_HOME']) vi.stubEnv(name, '');
    vi.stubEnv(process.platform === 'darwin' ? 'HOME' : 'XDG_CACHE_HOME', cache);
    const stop = new AbortController();
    const told: string[] = [];
    const tell = (words: string) => void told.push(words);
    try {
      const options = parseOptions(['--headless', '--for', '1s'], {});
      const running = run(options, { ...silentScreen, busy: tell, say: tell }, stop.signal);
      running.catch(() => {}); // it is looked at below
      await vi.waitFor(() => expect(told.join()).toContain('another process'), SOON);
      stop.abort();
      await expect(running).rejects.toThrow('stopped before it began');
      // The search ended before the run did: nothing is fetched any more when the lock is free.
      rmSync(join(servers, '.lock'), { recursive: true });
      expect(readdirSync(servers)).toEqual([]);
      expect(told.join()).not.toContain('fetching');
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  }, 30_000);
});

const SOON = { timeout: 10_000 };
