/** docker-compose.yml for real: the demo on one server and on three, where Docker is. Builds the image. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const BUILD_MS = 900_000;
const UP_MS = 180_000;
const WAIT = { timeout: 60_000, interval: 500 };

const reason = await obstacle();
/** The reason is part of the name, so a run without Docker says it. */
const title = `docker compose${reason ? ` (skipped: ${reason})` : ''}`;

// skipped: without Docker and Compose there is nothing to run it with
describe.skipIf(reason !== undefined)(title, () => {
  const project = `jetlane-test-${process.pid}`;
  let env: NodeJS.ProcessEnv = {};
  let page = '';
  let monitors: string[] = [];

  beforeAll(async () => {
    const ports = await freePorts(7);
    const names = ['PAGE', 'NATS', 'NATS_2', 'NATS_3', 'MONITOR', 'MONITOR_2', 'MONITOR_3'];
    const given = names.map((name, index) => [variable(name), String(ports[index])] as const);
    env = { ...process.env, ...Object.fromEntries(given), JETLANE_DRIVERS: '200' };
    page = `http://127.0.0.1:${ports[0]}/`;
    monitors = ports.slice(4).map((port) => `http://127.0.0.1:${port}`);
    await compose(['--profile', '*', 'build'], BUILD_MS);
  }, BUILD_MS);

  afterAll(async () => {
    await compose(['--profile', '*', 'down', '--volumes', '--rmi', 'local'], UP_MS);
  }, UP_MS);

  describe('up', () => {
    beforeAll(async () => {
      await compose(['up', '--detach', '--wait', '--wait-timeout', '150'], UP_MS);
    }, UP_MS);

    it('serves the page, and the city moves', async () => {
      const response = await fetch(page);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<!doctype html>');
      await advances(0);
    });

    it('runs as nobody special, in a file system that it cannot write to', async () => {
      const script = `
        const { writeFileSync } = require('node:fs');
        const tried = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
        console.log(JSON.stringify([process.getuid() > 0, tried('/app/x'), tried('/tmp/x')]));`;
      const { stdout } = await compose(['exec', '-T', 'demo', 'node', '-e', script]);
      expect(JSON.parse(stdout)).toEqual([true, 'EROFS', 'written']);
    });

    it(
      'goes on when the server is started anew, on the streams that are there',
      async () => {
        const before = await lastSeq(0);
        await compose(['restart', 'nats'], UP_MS);
        await vi.waitFor(async () => expect(await lastSeq(0)).toBeGreaterThan(before), WAIT);
        await advances(0);
        expect((await fetch(page)).status).toBe(200);
      },
      UP_MS,
    );

    it('ends in order, and nothing was lost', () => endsInOrder('demo'), UP_MS);

    it(
      'goes on where it was when it comes back',
      async () => {
        await compose(['down'], UP_MS);
        await compose(['up', '--detach', '--wait', '--wait-timeout', '150'], UP_MS);
        expect(await lastSeq(0)).toBeGreaterThan(100);
        await compose(['down'], UP_MS);
      },
      2 * UP_MS,
    );
  });

  describe('--profile cluster up', () => {
    beforeAll(async () => {
      await compose(
        ['--profile', 'cluster', 'up', '--detach', '--wait', '--wait-timeout', '150'],
        UP_MS,
      );
    }, UP_MS);

    it('keeps three copies of each stream', async () => {
      await advances(0);
      const copies = (await streams(0)).map(({ name, config }) => `${name} ${config.num_replicas}`);
      expect(copies).toEqual(
        expect.arrayContaining(['LOCATIONS 3', 'RIDES 3', 'MARKET 3', 'DLQ 3']),
      );
      expect(copies.filter((line) => !line.endsWith(' 3'))).toEqual([]);
    });

    it(
      'goes on when a server is killed, and when it comes back',
      async () => {
        await compose(['kill', 'nats-2']);
        await advances(0);
        expect((await fetch(page)).status).toBe(200);
        await compose(['start', 'nats-2'], UP_MS);
        await vi.waitFor(async () => expect((await healthz(1)).status).toBe(200), WAIT);
        await advances(1);
      },
      UP_MS,
    );

    it('ends in order, and nothing was lost', () => endsInOrder('demo-cluster'), UP_MS);
  });

  /** Positions are stored, now. */
  async function advances(monitor: number): Promise<void> {
    const before = await vi.waitFor(() => lastSeq(monitor), WAIT);
    await vi.waitFor(async () => expect(await lastSeq(monitor)).toBeGreaterThan(before + 50), WAIT);
  }

  async function endsInOrder(service: string): Promise<void> {
    await compose(['--profile', '*', 'stop', service], UP_MS);
    const { stdout } = await compose([
      '--profile',
      '*',
      'logs',
      '--no-log-prefix',
      '--tail',
      '30',
      service,
    ]);
    expect(stdout).toContain('nothing lost');
    const { stdout: state } = await compose([
      ...['--profile', '*', 'ps', '--all', '--format', '{{.ExitCode}}', service],
    ]);
    expect(state.trim()).toBe('0');
  }

  async function lastSeq(monitor: number): Promise<number> {
    const found = (await streams(monitor)).find(({ name }) => name === 'LOCATIONS');
    if (found === undefined) throw new Error('there is no stream LOCATIONS yet');
    return found.state.last_seq;
  }

  async function streams(monitor: number): Promise<readonly StreamDetail[]> {
    const response = await fetch(`${monitors[monitor]}/jsz?streams=true&config=true`);
    const { account_details: accounts = [] } = (await response.json()) as JetStreamDetail;
    return accounts.flatMap(({ stream_detail = [] }) => stream_detail);
  }

  function healthz(monitor: number): Promise<Response> {
    return fetch(`${monitors[monitor]}/healthz?js-server-only=true`);
  }

  function compose(args: readonly string[], timeout = UP_MS) {
    const all = ['compose', '--project-name', project, ...args];
    return run('docker', all, { cwd: root, env, timeout, maxBuffer: 64 * 1024 * 1024 });
  }
});

interface StreamDetail {
  readonly name: string;
  readonly config: { readonly num_replicas: number };
  readonly state: { readonly last_seq: number };
}

interface JetStreamDetail {
  readonly account_details?: readonly { readonly stream_detail?: readonly StreamDetail[] }[];
}

async function obstacle(): Promise<string | undefined> {
  if (process.env['JETLANE_TEST_DOCKER'] === '0') return 'JETLANE_TEST_DOCKER is 0';
  try {
    await run('docker', ['compose', 'version'], { timeout: 10_000 });
    await run('docker', ['info'], { timeout: 10_000 });
    return undefined;
  } catch (error) {
    return `no Docker with Compose here: ${(error as Error).message.split('\n', 1)[0]}`;
  }
}

/** `NATS_2` → `JETLANE_NATS_PORT_2`. */
function variable(name: string): string {
  const [what, number] = name.split('_');
  return `JETLANE_${what}_PORT${number ? `_${number}` : ''}`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
