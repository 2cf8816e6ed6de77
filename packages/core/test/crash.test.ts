import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { open } from '../src/nats/connection.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const fixture = new URL('./fixtures/crashing-worker.mjs', import.meta.url).pathname;

let server: Server;
let client: Client;
let folder: string;
let ledger: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  server = await startServer();
  client = await connect({ servers: server.url });
  await client.start(Orders);
  folder = await mkdtemp(join(tmpdir(), 'jetlane-crash-'));
  ledger = join(folder, 'handled');
  await writeFile(ledger, '');
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await client.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function startWorker(...args: string[]): Promise<ChildProcess> {
  const child = fork(fixture, [server.url, ledger, ...args], { stdio: 'inherit' });
  children.add(child);
  child.once('exit', () => children.delete(child));
  await new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', resolve);
  });
  return child;
}

async function handled(): Promise<number[]> {
  return (await readFile(ledger, 'utf8')).trim().split('\n').map(Number);
}

describe('a worker that is killed', () => {
  it('loses nothing: what it had not finished is handled by the next process', async () => {
    const count = 3_000;
    await client.publish(Array.from({ length: count }, (_, number) => order(number)));
    for (let kills = 1; kills <= 3; kills++) {
      const child = await startWorker();
      await until(`work before kill ${kills}`, async () => (await handled()).length > kills * 300);
      child.kill('SIGKILL');
    }
    await startWorker();
    await until('every order to be handled', async () => new Set(await handled()).size === count);
  });

  it('leaves the order of keys to the next process', async () => {
    const [count, keys] = [2_400, 8];
    const keyed = (_: unknown, number: number) =>
      OrderPlaced({ orderId: `key-${number % keys}`, number });
    await client.publish(Array.from({ length: count }, keyed));
    for (let kills = 1; kills <= 3; kills++) {
      const child = await startWorker('-1', 'ordered');
      await until(`work before kill ${kills}`, async () => (await handled()).length > kills * 400);
      child.kill('SIGKILL');
    }
    await startWorker('-1', 'ordered');
    await until('every order to be handled', async () => new Set(await handled()).size === count);
    const firstTimes = [...new Set(await handled())];
    for (let key = 0; key < keys; key++) {
      const ofKey = firstTimes.filter((number) => number % keys === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  }, 60_000);

  it('buries the message that kills it every time, and nothing else', async () => {
    const count = 400;
    const killer = 100;
    await client.publish(Array.from({ length: count }, (_, number) => order(number)));
    const connection = await open({ servers: server.url });
    const dead = async () =>
      (
        await connection.jsm.streams
          .info('DLQ', { subjects_filter: '_jl.dlq.>' })
          .catch(() => undefined)
      )?.state.subjects?.['_jl.dlq.ORDERS.billing'] ?? 0;
    let running = true;
    const supervisor = (async () => {
      while (running) {
        const child = await startWorker(String(killer));
        if (child.exitCode === null && child.signalCode === null)
          await new Promise((resolve) => child.once('exit', resolve));
      }
    })();
    await until('the killer to be buried', async () => (await dead()) > 0, 40_000);
    await until(
      'all others to be handled',
      async () => new Set(await handled()).size === count - 1,
    );
    const record = await connection.jsm.streams.getMessage('DLQ', {
      last_by_subj: '_jl.dlq.ORDERS.billing',
    });
    expect(record?.header.get('jl-reason')).toBe('crash-loop');
    expect(record?.header.get('jl-subject')).toBe(`orders.placed.o-${killer}`);
    expect(await dead()).toBe(1);
    running = false;
    for (const child of children) child.kill('SIGKILL');
    await supervisor;
    await connection.nc.close();
  });
});
