import { event } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import type { ConnectOptions } from '../src/connect-options.ts';
import { diagnostics, type FailEvent } from '../src/diagnostics.ts';
import { open } from '../src/nats/connection.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const orders = (count: number) => Array.from({ length: count }, (_, number) => order(number));

let server: Server;
let client: Client;

async function begin(options: ConnectOptions = {}): Promise<void> {
  client = await connect({ servers: server.url, ...options });
  await client.start(Orders);
}

/** The codes that these publishes end with. */
async function codes(publishes: readonly Promise<unknown>[]): Promise<(string | undefined)[]> {
  const ends = await Promise.allSettled(publishes);
  return ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'stored'));
}

beforeEach(async () => {
  server = await startServer();
});

afterEach(async () => {
  await server.resume().catch(() => {}); // one test has no server left
  await client.close({ timeout: '1s' });
  await server.stop();
});

describe('publish, when the broker does not answer', () => {
  it('refuses what is more than the client keeps waiting', async () => {
    await begin({ maxInFlight: 4, publishTimeout: '1s' });
    await server.pause();
    const ends = await codes(orders(400).map((message) => client.publish(message)));
    expect(ends.filter((code) => code === 'PUBLISH_TIMEOUT')).toHaveLength(4 + 64 * 4);
    expect(ends.filter((code) => code === 'OVERLOADED')).toHaveLength(400 - 4 - 64 * 4);
  });

  it('ends a close at its timeout, and says that nothing is known of what is pending', async () => {
    await begin({ publishTimeout: '5m' });
    await server.pause();
    const publishing = expect(client.publish(order(1))).rejects.toMatchObject({
      code: 'CLOSED',
      message: expect.stringContaining('same id is safe'),
    });
    await client.close({ timeout: '100ms' });
    await publishing;
  });

  it('knows while it reconnects what is too large', async () => {
    await begin();
    await server.kill();
    const Blob = event('Blob', { subject: 'orders.blob', schema: z.object({ text: z.string() }) });
    const publishing = client.publish(Blob({ text: 'x'.repeat(2_000_000) }));
    await expect(publishing).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    await server.restart();
  });
});

it('publishes any number of messages at once, in order, through a small window', async () => {
  await begin({ maxInFlight: 4 });
  const acks = await client.publish(orders(2_000));
  expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => (acks[0]?.seq ?? 0) + index));
});

it('says so when raw options end the connection for good', async () => {
  await begin({ nats: { reconnect: false } });
  const failures: FailEvent[] = [];
  const listen = (event: unknown) => failures.push(event as FailEvent);
  diagnostics.fail.subscribe(listen);
  await client.start(worker('idle', { from: Orders }, [on(OrderPlaced, () => {})]));
  await server.kill();
  await until('the worker to fail', () => failures.length === 1);
  diagnostics.fail.unsubscribe(listen);
  expect(failures[0]).toMatchObject({ worker: 'idle', error: { code: 'CONNECTION_LOST' } });
  await expect(client.publish(order(1))).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
});

it('goes on reading whatever its listeners throw', async () => {
  await begin();
  const connection = await open({ servers: server.url });
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  const heard: string[] = [];
  connection.subscribe(
    'news',
    (msg) => {
      heard.push(msg.string());
      throw new Error(`a defect at ${msg.string()}`);
    },
    () => {},
  );
  connection.nc.publish('news', 'one');
  connection.nc.publish('news', 'two');
  await until('both', () => heard.length === 2);
  await until('the warnings', () => warnings.some(({ message }) => message === 'a defect at two'));
  process.off('warning', warn);
  await connection.nc.close();
});
