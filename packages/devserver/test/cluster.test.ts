import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from '../src/index.ts';
import { temporary } from './temporary.ts';

async function start(options?: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function client(cluster: Cluster) {
  const connection = await connect({
    servers: [...cluster.urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  onTestFinished(() => connection.close());
  return connection;
}

test('a replicated stream can be created at once and outlives a killed server', async () => {
  const cluster = await start();
  expect(cluster.servers).toHaveLength(3);
  const connection = await client(cluster);
  const manager = await jetstreamManager(connection);
  expect(await manager.streams.names().next()).toEqual([]);
  await manager.streams.add({ name: 'A', subjects: ['a'], num_replicas: 3 });
  await jetstream(connection).publish('a', 'before');

  const leader = (await manager.streams.info('A')).cluster?.leader;
  const victim = cluster.servers[Number(leader?.slice(1)) - 1];
  await victim?.kill();
  await cluster.ready();
  await expect
    .poll(() => jetstream(connection).publish('a', 'after', { retries: 0 }), { timeout: 20_000 })
    .toMatchObject({ stream: 'A' });

  await victim?.restart();
  await cluster.ready();
  await expect
    .poll(async () => (await manager.streams.info('A')).cluster?.replicas?.map((r) => r.current), {
      timeout: 20_000,
    })
    .toEqual([true, true]);
});

test('each server has a store of its own under the one that is given', async () => {
  const store = await temporary();
  const cluster = await startCluster({ size: 2, store });
  expect(cluster.servers.map((server) => server.store)).toEqual([
    join(store, 'n1'),
    join(store, 'n2'),
  ]);
  await cluster.stop();
  expect(cluster.servers.some((server) => server.running)).toBe(false);
  expect(existsSync(join(store, 'n1', 'jetstream'))).toBe(true);
});

test('a cluster without a majority is not ready, and says so', async () => {
  const cluster = await start();
  await Promise.all([cluster.servers[0]?.kill(), cluster.servers[1]?.kill()]);
  await expect(cluster.ready()).rejects.toThrow('has 1 of 3 servers running, a majority is needed');
});

test('a size that cannot work is refused', async () => {
  await expect(startCluster({ size: 1 })).rejects.toThrow('size is 1, expected an integer from 2');
});
