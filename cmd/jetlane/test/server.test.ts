import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directory, jetlane, start } from './cli.ts';

describe('jetlane server', () => {
  it('says where it listens, serves, and stops on Ctrl-C with 130', async () => {
    const store = join(directory(), 'data');
    const server = start(['server', '--port', '0', '--store', store]);
    await server.until(() => /^listening +nats:/m.test(server.out), 'no address');
    expect(server.out).toMatch(/^server +nats-server \d+\.\d+/m);
    expect(server.out).toContain(store);
    const url = /nats:\/\/\S+/.exec(server.out)?.[0] as string;
    const { code, out } = await jetlane(['streams', 'ls', '-s', url]);
    expect(out).toBe('The server has no streams.\n');
    expect(code).toBe(0);
    server.child.kill('SIGINT');
    expect((await server.done).code).toBe(130);
    expect(existsSync(store)).toBe(true);
    expect((await jetlane(['streams', 'ls', '-s', url])).code).toBe(1);
  });

  it('stops on SIGTERM with 0', async () => {
    const server = start(['server', '--port', '0']);
    await server.until(() => /^listening/m.test(server.out), 'no address');
    server.child.kill('SIGTERM');
    expect((await server.done).code).toBe(0);
  });

  it('says that its port is in use', async () => {
    const blocker = createServer();
    onTestFinished(() => void blocker.close());
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { code, err } = await jetlane(['server', '--port', String(port)]);
    expect(err).toContain(
      `port ${port} on 127.0.0.1 is in use: stop what listens there, or give another one with --port`,
    );
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  it('says that its store is not writable', async () => {
    const { code, err } = await jetlane(['server', '--port', '0', '--store', '/dev/null/store']);
    expect(err).toContain('/dev/null/store is not writable');
    expect(code).toBe(1);
  });

  it('says that there is no nats-server to be had', async () => {
    const env = { NATS_SERVER_BIN: '/nowhere/nats-server' };
    const { code, err } = await jetlane(['server', '--port', '0'], { env });
    expect(err).toContain('/nowhere/nats-server');
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(1);
  });

  it('runs a cluster', async () => {
    const cluster = start(['server', '--cluster', '3']);
    await cluster.until(() => /^listening/m.test(cluster.out), 'no cluster');
    const urls = /nats:\/\/\S+/.exec(cluster.out)?.[0].split(',') ?? [];
    expect(urls).toHaveLength(3);
    const { code } = await jetlane(['streams', 'ls', '-s', urls.join(',')]);
    expect(code).toBe(0);
    cluster.child.kill('SIGINT');
    expect((await cluster.done).code).toBe(130);
  }, 90_000);
});
