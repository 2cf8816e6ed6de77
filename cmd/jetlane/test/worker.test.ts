import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { superviseApp } from 'jetlane/worker';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { APP, directory, jetlane, type Running, start, until } from './cli.ts';

let server: Server;

beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

describe('jetlane worker', () => {
  it('runs the workers in two processes, survives kill -9 of one, and drains on SIGTERM', async () => {
    const worker = begin([APP, '--processes', '2', '--stats-every', '200ms', '--health-port', '0']);
    await ready(worker, 2);
    const health = String(events(worker, 'health')[0]?.url);
    expect(await page(`${health}/healthz`)).toBe(200);
    expect(await page(`${health}/readyz`)).toBe(200);
    expect(await page(`${health}/else`)).toBe(404);

    await publish(20);
    await worker.until(() => settled(worker, 'mail') === 20, 'not all handled');
    const [victim] = events(worker, 'ready');
    process.kill(Number(victim?.pid), 'SIGKILL');
    await worker.until(() => events(worker, 'died').length === 1, 'no death noticed');
    expect(events(worker, 'died')[0]).toMatchObject({
      process: victim?.process,
      how: 'ended by SIGKILL',
    });
    await ready(worker, 3);
    expect(events(worker, 'ready')[2]).toMatchObject({ process: victim?.process });
    await until(
      async () => (await page(`${health}/readyz`)) === 200,
      () => 'not ready again',
    );
    await publish(20);
    await worker.until(() => settled(worker, 'mail') === 40, 'not all handled after the restart');

    worker.child.kill('SIGTERM');
    const { code } = await worker.done;
    expect(code).toBe(0);
    expect(worker.events().map(({ event }) => event)).toEqual(
      expect.arrayContaining(['draining', 'drained']),
    );
    for (const { pid } of events(worker, 'ready')) expect(isRunning(Number(pid))).toBe(false);
  }, 60_000);

  it('lets running handlers finish on SIGTERM', async () => {
    const worker = begin([APP]);
    await ready(worker, 1);
    await publish(1, { total: 3_000 });
    await until(
      async () => (await pending('billing')) === 1,
      () => 'the handler did not begin',
    );
    worker.child.kill('SIGTERM');
    const { code, out } = await worker.done;
    expect(code).toBe(0);
    expect(out).toContain('billed o-1');
    expect(await pending('billing')).toBe(0);
  });

  it('takes two signals at once for one', async () => {
    const worker = begin([APP]);
    await ready(worker, 1);
    await publish(1, { total: 3_000 });
    await until(
      async () => (await pending('billing')) === 1,
      () => 'the handler did not begin',
    );
    worker.child.kill('SIGTERM');
    await worker.until(() => events(worker, 'draining').length === 1, 'no drain');
    worker.child.kill('SIGTERM');
    const { code, out } = await worker.done;
    expect(code).toBe(0);
    expect(out).toContain('billed o-1');
  });

  it('ends at once on a second signal', async () => {
    const worker = begin([APP]);
    await ready(worker, 1);
    await publish(1, { total: 20_000 });
    await until(
      async () => (await pending('billing')) === 1,
      () => 'the handler did not begin',
    );
    worker.child.kill('SIGINT');
    await worker.until(() => events(worker, 'draining').length === 1, 'no drain');
    // Within half a second it is taken for an echo of the first.
    const again = setInterval(() => worker.child.kill('SIGINT'), 50);
    onTestFinished(() => clearInterval(again));
    const { code, out } = await worker.done;
    expect(code).toBe(130);
    expect(out).not.toContain('billed o-1');
  });

  it('leaves no process behind when it is killed', async () => {
    const worker = begin([APP, '--processes', '2']);
    await ready(worker, 2);
    const pids = events(worker, 'ready').map(({ pid }) => Number(pid));
    worker.child.kill('SIGKILL');
    await until(
      () => !pids.some(isRunning),
      () => `still running: ${pids.filter(isRunning)}`,
    );
  });

  it('runs only some workers, with other limits', async () => {
    const worker = begin([
      APP,
      '--only',
      'billing',
      '--concurrency',
      '3',
      '--max-ack-pending',
      '12',
      '--json',
    ]);
    await ready(worker, 1);
    expect(events(worker, 'ready')[0]).toMatchObject({ workers: ['billing'] });
    const { out } = await jetlane(['streams', 'ls', '--json', '-s', server.url]);
    const orders = JSON.parse(out).find(({ name }: { name: string }) => name === 'ORDERS');
    expect(orders.consumers).toMatchObject([{ name: 'billing', maxAckPending: 12 }]);
    await publish(1);
    await worker.until(
      () => worker.err.includes('billed o-1'),
      'the output of the app is not on stderr',
    );
    for (const line of worker.out.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
    const unknown = await jetlane(['worker', APP, '--only', 'biling', '-s', server.url]);
    expect(unknown.err).toContain(
      "has no worker 'biling'; did you mean 'billing'? it has billing, mail",
    );
    expect(unknown.code).toBe(2);
  });

  it('reloads when a file changes, and keeps what runs when it does not load', async () => {
    const cwd = directory();
    const source = readFileSync(APP, 'utf8').replace("'zod'", `'${import.meta.resolve('zod')}'`);
    writeFileSync(join(cwd, 'app.ts'), `${source}\nimport './word.ts';\n`);
    writeFileSync(join(cwd, 'word.ts'), 'console.log("first");');
    const worker = begin(['--watch'], cwd);
    await worker.until(() => events(worker, 'watching').length === 1, 'not watching');
    expect(worker.out).toContain('first');
    writeFileSync(join(cwd, 'word.ts'), 'console.log("second");');
    await worker.until(() => events(worker, 'reloaded').length === 1, 'not reloaded');
    expect(worker.out).toContain('second');
    writeFileSync(join(cwd, 'word.ts'), 'console.log(');
    await worker.until(() => events(worker, 'reload-failed').length === 1, 'no failure');
    expect(events(worker, 'reload-failed')[0]).toMatchObject({ kept: true });
    await publish(1);
    await worker.until(() => worker.out.includes('billed o-1'), 'what ran before does not go on');
    worker.child.kill('SIGTERM');
    expect((await worker.done).code).toBe(0);
  }, 60_000);

  it('reports ready only while the server is there', async () => {
    const worker = begin([APP, '--health-port', '0']);
    await ready(worker, 1);
    const health = String(events(worker, 'health')[0]?.url);
    await server.kill();
    await until(
      async () => (await page(`${health}/readyz`)) === 503,
      () => 'still ready',
    );
    expect(await page(`${health}/healthz`)).toBe(200);
    await server.restart();
    await until(
      async () => (await page(`${health}/readyz`)) === 200,
      () => 'not ready again',
    );
    expect(worker.events().map(({ event }) => event)).toEqual(
      expect.arrayContaining(['disconnected', 'reconnected']),
    );
  }, 60_000);

  it('is not ready, and ends with 1, once a stream of its own is deleted', async () => {
    const worker = begin([APP, '--only', 'billing', '--health-port', '0']);
    await ready(worker, 1);
    const health = String(events(worker, 'health')[0]?.url);
    const connection = await open({ servers: server.url });
    await connection.jsm.streams.delete('ORDERS');
    await connection.nc.close();
    await worker.until(() => events(worker, 'failed').length === 1, 'no failure told');
    const answer = await fetch(`${health}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ failed: { billing: expect.any(String) } });
    worker.child.kill('SIGTERM');
    expect((await worker.done).code).toBe(1);
  });

  it('says that its health port is in use', async () => {
    const port = server.port;
    const { code, err } = await jetlane([
      'worker',
      APP,
      '--health-port',
      String(port),
      '-s',
      server.url,
    ]);
    expect(err).toContain(`port ${port} on 127.0.0.1 is in use: give --health-port another one`);
    expect(code).toBe(1);
  });
});

describe('superviseApp', () => {
  it('runs an app from a program, counts, hears what it sends, and stops', async () => {
    const cwd = directory();
    copyFileSync(APP, join(cwd, 'inner.ts'));
    const inner = pathToFileURL(APP).href;
    writeFileSync(
      join(cwd, 'app.ts'),
      `import { channel } from 'node:diagnostics_channel';
       process.send?.({ hello: process.env.WHO });
       channel('jetlane:drained').subscribe(() => process.send?.({ bye: true }));
       export { default } from '${inner}';\n`,
    );
    const messages: unknown[] = [];
    const lines: string[] = [];
    const app = await superviseApp({
      app: join(cwd, 'app.ts'),
      server: { servers: server.url },
      env: { WHO: 'me' },
      output: (line) => lines.push(line),
      onMessage: (message) => messages.push(message),
    });
    expect(app).toMatchObject({ name: 'shop', workers: ['billing', 'mail'], ready: true });
    expect(app.pids).toHaveLength(1);
    await publish(5);
    await until(
      () => lines.length === 5,
      () => `printed ${lines.join()}`,
    );
    const mail = () => app.stats().workers.find(({ worker }) => worker === 'mail');
    await until(
      () => mail()?.settled === 5,
      () => `mail counts ${mail()?.settled}`,
    );
    await app.stop();
    expect(mail()).toMatchObject({ stream: 'ORDERS', settled: 5, buried: 0 });
    expect(app.ready).toBe(false);
    expect(messages).toEqual([{ hello: 'me' }, { bye: true }]);
  }, 60_000);

  it('rejects with one sentence when the app does not load', async () => {
    await expect(superviseApp({ app: '/nowhere/app.ts' })).rejects.toThrow(
      'there is no file /nowhere/app.ts',
    );
  });
});

function begin(args: readonly string[], cwd?: string): Running {
  return start(['worker', ...args], {
    env: { NATS_URL: server.url },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

function events(worker: Running, name: string): Record<string, unknown>[] {
  return worker.events().filter(({ event }) => event === name);
}

function ready(worker: Running, count: number): Promise<void> {
  return worker.until(() => events(worker, 'ready').length >= count, `not ${count} times ready`);
}

function settled(worker: Running, name: string): number | undefined {
  const stats = events(worker, 'stats').at(-1) as
    | { workers: { worker: string; settled: number }[] }
    | undefined;
  return stats?.workers.find(({ worker: each }) => each === name)?.settled;
}

async function publish(count: number, { total = 42 } = {}): Promise<void> {
  const data = JSON.stringify({ orderId: 'o-1', total });
  const args = [
    'publish',
    'OrderPlaced',
    data,
    '--app',
    APP,
    '--count',
    String(count),
    '-s',
    server.url,
  ];
  const { code, err } = await jetlane(args);
  expect(err).toBe('');
  expect(code).toBe(0);
}

/** Messages out at a durable of ORDERS. Asked without a process of its own: a handler runs for seconds only. */
async function pending(durable: string): Promise<number> {
  const connection = await open({ servers: server.url });
  try {
    return (await connection.jsm.consumers.info('ORDERS', durable)).num_ack_pending;
  } finally {
    await connection.nc.close();
  }
}

async function page(url: string): Promise<number> {
  return (await fetch(url)).status;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Where nobody reaps orphans they remain as zombies, which are not running.
  return !/^State:\s+Z/m.test(readStatus(pid));
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
