import { event, stream } from '@jetlane/contracts';
import { type Cluster, startCluster } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BulkMode } from '../src/bulk/bulk-report.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { until } from './until.ts';

let cluster: Cluster;
let client: Client;
let admin: Connection;

beforeAll(async () => {
  cluster = await startCluster();
  client = await connect({ servers: [...cluster.urls], publishTimeout: '30s' });
  admin = await open({ servers: [...cluster.urls] });
}, 120_000);

afterAll(async () => {
  await client?.close({ timeout: '1s' });
  await admin?.nc.close();
  await cluster?.stop();
});

async function begin(name: string) {
  const Row = event(`Row${name}`, { subject: `${name}.{n}`, schema: z.object({ n: z.number() }) });
  const Rows = stream(name.toUpperCase(), {
    subjects: [`${name}.>`],
    messages: [Row],
    replicas: 3,
    storage: 'memory',
  });
  await client.start(Rows);
  const info = () => admin.jsm.streams.info(Rows.name);
  /** Another leader, once there is one. */
  const elect = async () => {
    const before = (await info()).cluster?.leader;
    await admin.nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${Rows.name}`, '', { timeout: 5_000 });
    await until('another leader', async () => {
      const leader = (await info().catch(() => undefined))?.cluster?.leader;
      return leader !== undefined && leader !== '' && leader !== before;
    });
  };
  return { Row, Rows, info, elect };
}

describe('on three servers', () => {
  it.each(['ingest', 'atomic'] as const)(
    'stores all once, in mode %s, while the leader changes',
    async (mode: BulkMode) => {
      const { Row, info, elect } = await begin(`lead${mode}`);
      const count = 12_000;
      let elections = 0;
      let electing: Promise<void> | undefined;
      async function* source() {
        for (let n = 0; n < count; n++) {
          if (n % 4_000 === 2_500) {
            await electing;
            electing = elect().then(() => {
              elections++;
            });
          }
          yield Row({ n });
        }
        await electing;
      }
      const report = await client.publishAll(source(), { mode });
      expect(elections).toBe(3);
      expect(report).toMatchObject({ mode, read: count });
      expect(report.stored + report.duplicates).toBe(count);
      const { messages, num_subjects } = (await info()).state;
      expect({ messages, num_subjects }).toEqual({ messages: count, num_subjects: count });
    },
    120_000,
  );

  it('keeps the order of an ingest while the leader changes', async () => {
    const { Row, Rows, elect } = await begin('ordered');
    async function* source() {
      for (let n = 0; n < 6_000; n++) {
        if (n === 2_000 || n === 4_500) await elect();
        yield Row({ n });
      }
    }
    await client.publishAll(source(), { mode: 'ingest' });
    const consumer = await admin.js.consumers.get(Rows.name);
    let next = 0;
    for await (const { subject } of await consumer.consume()) {
      expect(subject).toBe(`ordered.${next}`);
      if (++next === 6_000) break;
    }
  }, 120_000);

  it('tells which ids a replicated stream knows, and uses up none that it does not', async () => {
    const { Row, info } = await begin('known');
    const rows = (count: number) =>
      Array.from({ length: count }, (_, n) => Row({ n }, { id: `known-${n}` }));
    const acks = await client.publish(rows(5), { atomic: true });
    expect(await client.publish(rows(5), { atomic: true })).toEqual(
      acks.map((ack) => ({ ...ack, duplicate: true })),
    );
    await expect(client.publish(rows(8), { atomic: true })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await info()).state.messages).toBe(5);
    expect(await client.publish(rows(8).slice(5), { atomic: true })).toHaveLength(3);
    expect((await info()).state.messages).toBe(8);
  }, 60_000);

  it('stores all once while a server is killed', async () => {
    const { Row, info } = await begin('killed');
    let killed = 0;
    async function* source() {
      for (let n = 0; n < 9_000; n++) {
        if (n === 3_000) {
          const leader = (await info()).cluster?.leader;
          const at = cluster.servers.findIndex((_, index) => leader?.endsWith(String(index + 1)));
          await cluster.servers[Math.max(at, 0)]?.kill();
          killed++;
        }
        yield Row({ n });
      }
    }
    const report = await client.publishAll(source(), { mode: 'ingest' });
    expect(killed).toBe(1);
    expect(report.stored + report.duplicates).toBe(9_000);
    await until(
      'the stream can be asked',
      () =>
        info().then(
          () => true,
          () => false,
        ),
      60_000,
    );
    const { messages, num_subjects } = (await info()).state;
    expect({ messages, num_subjects }).toEqual({ messages: 9_000, num_subjects: 9_000 });
  }, 120_000);
});
