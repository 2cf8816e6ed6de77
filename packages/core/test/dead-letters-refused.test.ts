import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { until } from './until.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{n}',
  schema: z.object({ n: z.number() }),
});
const Orders = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [Placed],
  retention: 'workqueue',
});

let server: Server;
let client: Client;
let probe: Connection;
let handled: number[];
let warnings: string[];

beforeEach(async () => {
  server = await startServer();
  client = await connect({ servers: server.url, publishTimeout: '1s' });
  probe = await open({ servers: server.url });
  handled = [];
  warnings = [];
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code === 'JETLANE_DEAD_LETTER_REFUSED') warnings.push(warning.message);
  };
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  await client.start(
    worker('billing', { from: Orders, concurrency: 4, ackWait: '1s' }, [
      on(Placed, ({ data: { n } }, { reject }) => {
        if (n < 0) reject('poison');
        handled.push(n);
      }),
    ]),
  );
});
afterEach(async () => {
  await client.close({ timeout: '1s' });
  await probe.nc.close();
  await server.stop();
});

const stored = async () => (await probe.jsm.streams.info('ORDERS')).state.messages;
const letters = async () =>
  (await client.deadLetters.summary()).reduce((sum, { count }) => sum + count, 0);

/** Poison and healthy messages; the originals of the poison stay, the others flow on, and somebody is told. */
async function holdsPoison(buried: number): Promise<void> {
  for (const n of [-1, -2, -3, 1, 2, 3]) await client.publish(Placed({ n }));
  await until('the healthy ones and a warning', () => handled.length === 3 && warnings.length > 0);
  const [billing] = client.workers;
  const unsettled = async () => [await stored(), (await billing?.state())?.ackPending];
  const left = 3 - buried;
  await until(
    'the others to be acknowledged',
    async () => (await unsettled()).join() === `${left},${left}`,
  );
}

describe('dead letters that are refused', () => {
  it('leave their originals where they are while the stream is full, loudly, and are kept once there is room', async () => {
    const { config } = await probe.jsm.streams.info('DLQ');
    await probe.jsm.streams.update('DLQ', { ...config, max_msgs: 1 });
    await holdsPoison(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/'billing' cannot store dead letters in DLQ, keeps the messages/);
    await probe.jsm.streams.update('DLQ', { ...config, max_msgs: -1 });
    await until('all are buried', async () => (await stored()) === 0);
    expect(await letters()).toBe(3);
    expect(handled).toEqual([1, 2, 3]);
  }, 60_000);

  it('leave their originals where they are while there is no such stream', async () => {
    const { config } = await probe.jsm.streams.info('DLQ');
    await probe.jsm.streams.delete('DLQ');
    await holdsPoison(0);
    await probe.jsm.streams.add(config);
    await until('all are buried', async () => (await stored()) === 0);
    expect(await letters()).toBe(3);
  }, 60_000);
});
