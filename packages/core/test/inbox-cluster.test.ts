import { stream } from '@jetlane/contracts';
import { type Cluster, startCluster } from '@jetlane/devserver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { kvInbox } from '../src/inbox/kv-inbox.ts';
import { kv } from '../src/kv/kv.ts';
import { open } from '../src/nats/connection.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, order } from './orders.ts';
import { until } from './until.ts';

const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced], replicas: 3 });

let cluster: Cluster;
let clients: Client[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  clients = await Promise.all(cluster.urls.map((servers) => connect({ servers })));
}, 120_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close({ timeout: '2s' })));
  await cluster?.stop();
});

it('three processes on three servers count every message once, and one writer wins each revision', async () => {
  const [first] = clients as [Client];
  const count = 300;
  await first.start(Orders);
  await first.publish(Array.from({ length: count }, (_, number) => order(number)));
  const counter = worker('counter', { from: Orders, inbox: kvInbox('counter'), concurrency: 4 }, [
    on(OrderPlaced, async ({ data: { number } }, { tx }) => {
      const key = `total.${number % 3}`;
      tx.put(key, ((await tx.get<number>(key)) ?? 0) + 1);
    }),
  ]);
  await Promise.all(clients.map((client) => client.start(counter)));
  const Counts = kv('counter', { schema: z.number() });
  const totals = () =>
    Promise.all([0, 1, 2].map(async (n) => (await first.kv(Counts).get(`total.${n}`)) ?? 0));
  await until(
    'all to be counted',
    async () => (await totals()).reduce((a, b) => a + b, 0) >= count,
    60_000,
  );
  expect(await totals()).toEqual([100, 100, 100]);
  const connection = await open({ servers: cluster.urls });
  const { config } = await connection.jsm.streams.info('KV_counter');
  expect(config.num_replicas).toBe(3);
  await connection.nc.close();

  const Locks = kv('locks', { schema: z.number(), replicas: 3 });
  let revision = 0;
  for (let round = 0; round < 20; round++) {
    const ends = await Promise.allSettled(
      clients.map((client, n) => client.kv(Locks).put('k', n, { revision })),
    );
    const won = ends.flatMap((end, n) =>
      end.status === 'fulfilled' ? [{ n, at: end.value }] : [],
    );
    const lost = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
    expect([won.length, lost]).toEqual([1, ['CONFLICT', 'CONFLICT']]);
    const [winner] = won as [{ n: number; at: number }];
    for (const client of clients)
      expect(await client.kv(Locks).entry('k')).toEqual({
        key: 'k',
        value: winner.n,
        revision: winner.at,
      });
    revision = winner.at;
  }
}, 120_000);
