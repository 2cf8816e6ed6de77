import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DevserverError, type Server, type ServerOptions, startServer } from '../src/index.ts';
import { temporary } from './temporary.ts';
import { until } from './until.ts';

async function start(options?: ServerOptions): Promise<Server> {
  const server = await startServer(options);
  onTestFinished(() => server.stop());
  return server;
}

async function client(server: Server) {
  const connection = await connect({ servers: server.url, reconnect: false });
  onTestFinished(() => connection.close());
  return connection;
}

describe('startServer', () => {
  test('serves JetStream the moment it resolves', async () => {
    const server = await start();
    const manager = await jetstreamManager(await client(server));
    await manager.streams.add({ name: 'A', subjects: ['a.>'] });
    const ack = await jetstream(await client(server)).publish('a.1', 'x');
    expect(ack.seq).toBe(1);
    expect(server).toMatchObject({ running: true, monitorUrl: undefined });
    expect(new URL(server.url)).toMatchObject({
      hostname: '127.0.0.1',
      port: String(server.port),
    });
    process.kill(server.pid, 0);
  });

  test('thirty at the same time each get a port of their own', async () => {
    const servers = await Promise.all(Array.from({ length: 30 }, () => start()));
    expect(new Set(servers.map(({ port }) => port)).size).toBe(30);
    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(30);
    await Promise.all(servers.map((server) => server.restart()));
    expect(servers.every(({ running }) => running)).toBe(true);
  });

  test('is disposed of at the end of a block', async () => {
    let server: Server;
    {
      await using inner = await startServer();
      server = inner;
    }
    expect(server.running).toBe(false);
  });

  test('applies configuration, and JetStream limits keep the store', async () => {
    const config = 'max_payload: 2048\njetstream: { max_file_store: 32MB }';
    const server = await start({ config, name: 'configured' });
    const connection = await client(server);
    expect(connection.info).toMatchObject({ max_payload: 2048, server_name: 'configured' });
    expect(await readdir(server.store)).toContain('jetstream');
  });

  test('is ready with accounts that it may not use itself', async () => {
    const config = 'accounts: { A: { jetstream: enabled, users: [{ user: "u", password: "p" }] } }';
    const server = await start({ config });
    const connection = await connect({ servers: server.url, user: 'u', pass: 'p' });
    onTestFinished(() => connection.close());
    await jetstreamManager(connection);
  });

  test('runs without JetStream when told so', async () => {
    const server = await start({ jetstream: false });
    expect((await client(server)).info?.jetstream).toBeFalsy();
  });

  test('serves monitoring pages when told so', async () => {
    const server = await start({ monitor: true });
    const response = await fetch(`${server.monitorUrl}/healthz`);
    expect(await response.json()).toMatchObject({ status: 'ok' });
  });

  test('tells which server it uses', async () => {
    const lines: string[] = [];
    const { binary } = await start();
    const server = await start({ binary, log: (line) => lines.push(line) });
    expect(server.binary).toBe(binary);
    expect(lines).toEqual([]);
  });
});

describe('a server', () => {
  test('keeps port and store across a kill and a restart', async () => {
    const server = await start();
    const manager = await jetstreamManager(await client(server));
    await manager.streams.add({ name: 'A', subjects: ['a'] });
    await jetstream(await client(server)).publish('a', 'x');
    const { pid, url } = server;

    await server.kill();
    expect(server.running).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    const after = await jetstreamManager(await client(server));
    expect((await after.streams.info('A')).state.messages).toBe(1);
  });

  test('keeps a store of the user across a stop, and removes a temporary one', async () => {
    const store = join(await temporary(), 'deep', 'store');
    const first = await start({ store });
    const manager = await jetstreamManager(await client(first));
    await manager.streams.add({ name: 'A', subjects: ['a'] });
    await first.stop();
    const second = await start({ store });
    const after = await jetstreamManager(await client(second));
    expect((await after.streams.info('A')).config.subjects).toEqual(['a']);

    const passing = await start();
    expect(existsSync(passing.store)).toBe(true);
    await passing.stop();
    await passing.stop();
    expect(existsSync(passing.store)).toBe(false);
  });

  test('answers nothing while it is paused, and goes on afterwards', async () => {
    const server = await start();
    const connection = await client(server);
    await server.pause();
    let answered = false;
    const flushed = connection.flush().then(() => {
      answered = true;
    });
    await expect(connect({ servers: server.url, timeout: 300 })).rejects.toThrow();
    expect(answered).toBe(false);
    await server.resume();
    await flushed;
    expect(answered).toBe(true);
  });

  test('can be stopped while it is paused', async () => {
    const server = await start();
    await server.pause();
    await server.stop();
    expect(server.running).toBe(false);
    await expect(server.pause()).rejects.toThrow('does not run; call restart() first');
  });

  test('is known to be gone when it ends by itself', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await until('the server is gone', () => !server.running);
    await server.restart();
    expect(server.running).toBe(true);
  });

  test('does what it is told in order', async () => {
    const server = await start();
    await Promise.all([server.kill(), server.restart(), server.kill(), server.restart()]);
    expect(server.running).toBe(true);
    await (await client(server)).flush();
  });
});

describe('what cannot be started', () => {
  test('a port that is in use is named, with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await until('the port is taken', () => other.listening);
    const { port } = other.address() as AddressInfo;
    const failure = startServer({ port });
    await expect(failure).rejects.toBeInstanceOf(DevserverError);
    await expect(failure).rejects.toThrow(
      `port ${port} on 127.0.0.1 is in use: stop what listens there, choose another port`,
    );
  });

  test('a store that is not a directory is named before anything starts', async () => {
    const file = join(await temporary(), 'file');
    await writeFile(file, '');
    const failure = startServer({ store: join(file, 'store') });
    await expect(failure).rejects.toThrow(/store .*file.store is not writable \(ENOTDIR\)/);
  });

  test.runIf(process.platform === 'linux')(
    'rejects a store under a directory that takes none, and does not hang',
    async () => {
      await expect(startServer({ store: '/proc/jetlane/store' })).rejects.toThrow(
        /store .proc.jetlane.store is not writable \(ENOENT\)/,
      );
    },
  );

  test('a store that a running server uses is refused', async () => {
    const store = await temporary();
    const server = await start({ store });
    await expect(startServer({ store })).rejects.toThrow(
      `in use by the server on 127.0.0.1:${server.port}`,
    );
    await server.kill();
    await start({ store });
  });

  test('configuration that nats-server refuses is reported in its words', async () => {
    const failure = startServer({ config: 'no_such_option: {' });
    await expect(failure).rejects.toThrow(/did not start on port \d+: .*Parse error on line 1/);
  });

  test('all wrong options are listed at once', async () => {
    const failure = startServer({ port: 70_000, timeoutMs: -1, config: 'log_file: "x"' });
    await expect(failure).rejects.toThrow(/port is 70000.*timeoutMs is -1.*redirects the log/);
  });

  test('a program that cannot run is named', async () => {
    const path = join(await temporary(), 'nats-server');
    const failure = startServer({ binary: { path, version: '2.15.1', via: 'env' } });
    await expect(failure).rejects.toThrow(/cannot run .*nats-server: .*ENOENT/);
  });

  test('a server that never gets ready is ended', async () => {
    const directory = await temporary();
    await mkdir(directory, { recursive: true });
    const path = join(directory, 'nats-server');
    await writeFile(path, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const binary = { path, version: '2.15.1', via: 'env' } as const;
    const failure = startServer({ binary, timeoutMs: 200 });
    await expect(failure).rejects.toThrow('not ready within 200 ms');
  });
});
