import { stream } from '@jetlane/contracts';
import { type Cluster, type Server, startCluster } from '@jetlane/devserver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Admin } from '../src/topology/admin.ts';
import { ask } from '../src/topology/jetstream-api.ts';
import { plan } from '../src/topology/plan.ts';
import { prepare } from '../src/topology/prepare.ts';
import { adminOf, Placed, specOf } from './topology-setup.ts';

let cluster: Cluster;
let admins: Admin[] = [];

beforeAll(async () => {
  cluster = await startCluster();
  admins = await Promise.all(cluster.urls.map(adminOf));
}, 120_000);
afterAll(async () => {
  await Promise.all(admins.map(({ nc }) => nc.close()));
  await cluster?.stop();
});

function topologyOf(replicas: number | undefined, maxAckPending = 1_000) {
  const Orders = stream('ORDERS', {
    subjects: ['orders.>'],
    messages: [Placed],
    ...(replicas === undefined ? {} : { replicas }),
  });
  return {
    streams: [Orders],
    workers: ['a', 'b'].map((name) => specOf(name, Orders, { maxAckPending })),
  };
}

it('processes that start at once on different servers of a cluster agree, and replicas grow in place', async () => {
  const all = (replicas: number | undefined, pending?: number) =>
    Promise.all(admins.map((admin) => prepare(admin, topologyOf(replicas, pending), 'apply')));
  await all(1);
  await all(3, 50);
  for (const admin of admins) expect((await plan(admin, topologyOf(3, 50))).changes).toEqual([]);
  const info = await admins[0]?.jsm.streams.info('ORDERS');
  expect(info?.config.num_replicas).toBe(3);
  // Undeclared, the number of copies is an operator's.
  expect((await plan(admins[0] as Admin, topologyOf(undefined, 50))).changes).toEqual([]);
}, 60_000);

it('a stream waits for the servers of a cluster that its leader has not heard of yet', async () => {
  const Events = stream('EVENTS', { subjects: ['events.>'], messages: [], replicas: 3 });
  const [first, second, third] = cluster.servers as [Server, Server, Server];
  await Promise.all(cluster.servers.map((server) => server.kill()));
  await Promise.all([first.restart(), second.restart()]);
  await cluster.ready();
  const [admin] = admins as [Admin];
  // Both started anew and know of the third by name only.
  const refused = () => ask(admin, 'STREAM.CREATE.TRIAL', { name: 'TRIAL', num_replicas: 3 });
  await expect.poll(refused, { timeout: 30_000 }).toMatchObject({ ok: false, code: 10_005 });
  await Promise.all([prepare(admin, { streams: [Events], workers: [] }, 'apply'), third.restart()]);
  expect((await admin.jsm.streams.info('EVENTS')).config.num_replicas).toBe(3);
}, 120_000);
