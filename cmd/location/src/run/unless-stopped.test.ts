import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseOptions } from './options.ts';
import { run } from './run.ts';
import { silentScreen } from './screen.ts';
import { unlessStopped } from './unless-stopped.ts';

afterEach(() => vi.unstubAllEnvs());

describe('what takes its time', () => {
  it('is waited for while the run goes on', async () => {
    const { signal } = new AbortController();
    const undo = vi.fn(() => Promise.resolve());
    expect(await unlessStopped(Promise.resolve(7), signal, undo)).toBe(7);
    await expect(unlessStopped(Promise.reject(new Error('no')), signal, undo)).rejects.toThrow(
      'no',
    );
    expect(undo).not.toHaveBeenCalled();
  });

  it('is not waited for when the run is stopped, and undone when it comes', async () => {
    const stop = new AbortController();
    const undo = vi.fn(() => Promise.resolve());
    let come = (_: number) => {};
    const coming = new Promise<number>((resolve) => {
      come = resolve;
    });
    const waiting = unlessStopped(coming, stop.signal, undo);
    stop.abort();
    await expect(waiting).rejects.toThrow('stopped before it began');
    await expect(unlessStopped(coming, stop.signal, undo)).rejects.toThrow('stopped');
    come(7);
    await vi.waitFor(() => expect(undo).toHaveBeenCalledWith(7));
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
      // So that the search ends here: the other process has fetched one, which is none.
      mkdirSync(join(servers, '2.15.1'));
      const program = '#!/bin/sh\necho nats-server: v2.15.1\n';
      writeFileSync(join(servers, '2.15.1', 'nats-server'), program, { mode: 0o755 });
      rmSync(join(servers, '.lock'), { recursive: true });
      await vi.waitFor(() => expect(told.join()).toContain('using nats-server 2.15.1'), SOON);
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  }, 30_000);
});

const SOON = { timeout: 10_000 };
