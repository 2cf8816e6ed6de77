import { stream } from '@jetlane/contracts';
import { type Cluster, startCluster } from '@jetlane/devserver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Admin } from '../src/topology/admin.ts';
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
