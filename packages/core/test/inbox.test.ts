import { type ChildProcess, fork } from 'node:child_process';
import { stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import type { FenceEvent } from '../src/diagnostics.ts';
import type { InboxTx } from '../src/inbox/bucket-tx.ts';
import { kvInbox } from '../src/inbox/kv-inbox.ts';
import { kv } from '../src/kv/kv.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { type Context, on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const fixture = new URL('./fixtures/inbox-worker.mjs', import.meta.url).pathname;
const Counts = kv('billing', { schema: z.number() });
const Bills = stream('BILLS', { subjects: ['bills.>'], messages: [] });

/** What a child process says of itself. */
interface Said {
  readonly ready?: true;
  readonly called?: string;
  readonly blocking?: string;
  readonly fence?: FenceEvent;
}

let server: Server;
let client: Client;
let connection: Connection;
const children = new Set<ChildProcess>();
let said: Said[] = [];

beforeEach(async () => {
  said = [];
  server = await startServer();
  client = await connect({ servers: server.url });
  connection = await open({ servers: server.url });
  await client.start(Orders, Bills);
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await client.close();
  await connection.nc.close();
  await server.stop();
});

function start(...args: string[]): ChildProcess {
  const child = fork(fixture, [server.url, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.add(child);
  child.on('message', (message) => void said.push(message as Said));
  child.once('exit', () => children.delete(child));
  return child;
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once('exit', resolve));
}

/** How often each order took effect, and how many bills are stored. */
async function outcome(count: number) {
  const store = client.kv(Counts);
  const effects = await Promise.all(
    Array.from({ length: count }, (_, n) => store.get(`bills.o-${n}`)),
  );
  const { state } = await connection.jsm.streams.info('BILLS');
  return { effects, bills: state.messages };
}

async function settled(): Promise<boolean> {
  const info = await connection.jsm.consumers.info('ORDERS', 'billing').catch(() => undefined);
  return info?.num_pending === 0 && info.num_ack_pending === 0;
}

const ones = (count: number) => Array.from({ length: count }, () => 1);

describe('a worker with an inbox', () => {
  it('loses nothing and counts nothing twice, however often its process is killed', async () => {
    const count = 1_500;
    const kills = 5;
    await client.publish(Array.from({ length: count }, (_, number) => order(number)));
    for (let kill = 1; kill <= kills; kill++) {
      const child = start();
      const before = said.filter(({ called }) => called !== undefined).length;
      await until(
        `work before kill ${kill}`,
        () => said.filter(({ called }) => called !== undefined).length > before + 150,
      );
      child.kill('SIGKILL');
      await gone(child);
    }
    const calls = said.filter(({ called }) => called !== undefined).length;
    start();
    await until('everything to be settled', settled, 60_000);
    expect(await outcome(count)).toEqual({ effects: ones(count), bills: count });
    expect(calls).toBeGreaterThan(kills * 150);
    expect(said.filter(({ called }) => called !== undefined).length).toBeGreaterThan(count);
  }, 150_000);

  it('publishes the results of a process that died after its commit, and does not handle again', async () => {
    await client.publish(order(0));
    await gone(start('after-commit'));
    expect(await outcome(1)).toEqual({ effects: [1], bills: 0 });
    start();
    await until('the message to be settled', settled);
    expect(await outcome(1)).toEqual({ effects: [1], bills: 1 });
    expect(said.filter(({ called }) => called !== undefined)).toHaveLength(1);
  });

  it('handles again what a process that died before its commit had begun', async () => {
    await client.publish(order(0));
    await gone(start('before-commit'));
    expect(await outcome(1)).toEqual({ effects: [undefined], bills: 0 });
    start();
    await until('the message to be settled', settled);
    expect(await outcome(1)).toEqual({ effects: [1], bills: 1 });
    expect(said.filter(({ called }) => called !== undefined)).toHaveLength(2);
  });

  it('refuses the late result of a process whose event loop was blocked for three ack waits', async () => {
    await client.publish(order(0));
    const late = start('block');
    await until('the process to be blocked', () =>
      said.some(({ blocking }) => blocking !== undefined),
    );
    const handler = on(OrderPlaced, async ({ data: { orderId } }, { tx }: Context<InboxTx>) => {
      const key = `bills.${orderId}`;
      tx.put(key, ((await tx.get<number>(key)) ?? 0) + 1);
    });
    const options = { from: Orders, inbox: kvInbox('billing'), ackWait: '1s' } as const;
    await client.start(worker('billing', options, [handler]));
    await until(
      'the other process to have it',
      async () => (await client.kv(Counts).get('bills.o-0')) === 1,
    );
    await until('the late result to be refused', () =>
      said.some(({ fence }) => fence !== undefined),
    );
    expect(said.find(({ fence }) => fence !== undefined)?.fence).toMatchObject({
      worker: 'billing',
      stream: 'ORDERS',
      reason: 'lost',
    });
    expect(late.exitCode).toBeNull();
    expect(await outcome(1)).toEqual({ effects: [1], bills: 0 });
    expect(await settled()).toBe(true);
  });

  it('loses nothing and counts nothing twice, though the server crashes again and again', async () => {
    const count = 1_500;
    await client.publish(Array.from({ length: count }, (_, number) => order(number)));
    start();
    const called = () => said.filter((one) => one.called !== undefined).length;
    for (let crash = 1; crash <= 3; crash++) {
      await until(`work before crash ${crash}`, () => called() > crash * 300);
      await server.restart();
    }
    await until('everything to be settled', settled, 60_000);
    expect(await outcome(count)).toEqual({ effects: ones(count), bills: count });
  }, 150_000);
});
