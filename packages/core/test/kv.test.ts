import { type EncodedMessage, JetlaneError, json, msgpack } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BucketSettings, BucketWrite } from '../src/bucket.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { kvInbox } from '../src/inbox/kv-inbox.ts';
import { kv } from '../src/kv/kv.ts';
import { AtomicBatches } from '../src/nats/atomic-batch.ts';
import { openBucket } from '../src/nats/bucket-stream.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { NatsBucket } from '../src/nats/nats-bucket.ts';
import { resent } from '../src/nats/publish-errors.ts';
import { Publisher } from '../src/nats/publisher.ts';
import { ReadWindow } from '../src/nats/read-window.ts';
import { apply } from '../src/topology/apply.ts';
import { plan } from '../src/topology/plan.ts';
import { on } from '../src/worker/handler.ts';
import { worker, workerSpec } from '../src/worker/worker.ts';
import { OrderPlaced, Orders } from './orders.ts';
import { until } from './until.ts';

const Total = z.object({ total: z.number() });

let server: Server;
let client: Client;
let connection: Connection;
let buckets = 0;
let name = '';

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

beforeEach(async () => {
  name = `b${++buckets}`;
  client = await connect({ servers: server.url, publishTimeout: '3s' });
  connection = await open({ servers: server.url });
});
afterEach(async () => {
  await client.close();
  await connection.nc.close();
});

const settings = (kind: BucketSettings['kind']): BucketSettings => ({
  name,
  kind,
  history: 1,
  maxAgeMs: 0,
  replicas: undefined,
});

const write = (key: string, revision: number | undefined, text = key): BucketWrite => ({
  key,
  payload: json.encode(text),
  headers: { 'ce-datacontenttype': json.contentType },
  deletes: false,
  revision,
  ttlMs: undefined,
});

/** A bucket whose first ack is lost: what was sent is sent again, as a publisher does. */
async function lossy(
  kind: BucketSettings['kind'],
  meanwhile: () => Promise<unknown> = async () => {},
) {
  await openBucket(connection, settings(kind), 'apply');
  const publisher = new Publisher(connection, {
    maxInFlight: 10,
    maxInFlightBytes: 1_000_000,
    publishTimeoutMs: 3_000,
  });
  const batches = new AtomicBatches(connection);
  const store = async (message: EncodedMessage) => {
    await publisher.store(message);
    await meanwhile();
    return publisher.store(message).catch((error: JetlaneError) => {
      throw resent(error);
    });
  };
  let sent = 0;
  const send = async (messages: readonly EncodedMessage[]) => {
    const answer = await batches.send(messages);
    if (++sent > 1) return answer;
    const error = new JetlaneError('PUBLISH_TIMEOUT', 'lost');
    return { kind: 'again', error } as const;
  };
  return new NatsBucket(settings(kind), 1, {
    connection,
    publisher: { store } as unknown as Publisher,
    batches: { send } as unknown as AtomicBatches,
    reads: new ReadWindow(10),
    timeoutMs: 3_000,
  });
}

describe('a write whose ack was lost', () => {
  it('is no conflict', async () => {
    const bucket = await lossy('values');
    const first = await bucket.write([write('k', 0)]);
    expect(await bucket.write([write('k', first)])).toBe(first + 1);
    expect((await bucket.read('k'))?.revision).toBe(first + 1);
  });

  it('is no conflict although another one has written over it since', async () => {
    const other = client.kv(kv(name, { schema: z.string() }));
    await other.get('k');
    const bucket = await lossy('values', () => other.put('k', 'theirs'));
    expect(await bucket.write([write('k', 0)])).toBe(1);
    expect((await bucket.read('k'))?.revision).toBe(2);
    await expect(bucket.write([write('k', 1)])).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is no conflict when it was a batch of several keys', async () => {
    const bucket = await lossy('inbox');
    expect(await bucket.write([write('a', 0), write('b', 0)])).toBe(2);
    expect((await bucket.read('b'))?.revision).toBe(2);
    await expect(bucket.write([write('c', 0), write('b', 0)])).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await bucket.read('c')).toBeUndefined();
  });
});

describe('a bucket on a server', () => {
  it('is laid out as other NATS clients expect it', async () => {
    await client.kv(kv(name, { schema: Total, history: 3, maxAge: '1h' })).put('o.1', { total: 4 });
    const { config } = await connection.jsm.streams.info(`KV_${name}`);
    expect(config).toMatchObject({
      subjects: [`$KV.${name}.>`],
      max_msgs_per_subject: 3,
      max_age: 3_600_000_000_000,
      allow_rollup_hdrs: true,
      allow_direct: true,
      deny_delete: true,
      discard: 'new',
    });
    const stored = await connection.jsm.streams.getMessage(`KV_${name}`, {
      last_by_subj: `$KV.${name}.o.1`,
    });
    expect(msgpack.decode(stored?.data ?? new Uint8Array())).toEqual({ total: 4 });
    await client.kv(kv(name, { schema: Total, history: 3, maxAge: '1h' })).delete('o.1');
    const deleted = await connection.jsm.streams.getMessage(`KV_${name}`, {
      last_by_subj: `$KV.${name}.o.1`,
    });
    expect(deleted?.header.get('KV-Operation')).toBe('PURGE');
  });

  it('reads what other clients wrote, and checks it', async () => {
    const store = client.kv(kv(name, { schema: Total }));
    await store.put('mine', { total: 1 });
    await connection.js.publish(`$KV.${name}.theirs`, JSON.stringify({ total: 2 }));
    await connection.js.publish(`$KV.${name}.wrong`, JSON.stringify({ total: 'two' }));
    await connection.js.publish(`$KV.${name}.broken`, '{"total":');
    expect(await store.get('theirs')).toEqual({ total: 2 });
    await expect(store.get('wrong')).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(store.get('broken')).rejects.toMatchObject({ code: 'DECODE_FAILED' });
  });

  it('changes in place where it can, and says what it cannot', async () => {
    await client.kv(kv(name, { schema: Total })).get('k');
    await client.kv(kv(name, { schema: Total, history: 5, maxAge: '2h' })).get('k');
    const { config } = await connection.jsm.streams.info(`KV_${name}`);
    expect([config.max_msgs_per_subject, config.max_age]).toEqual([5, 7_200_000_000_000]);
    await connection.jsm.streams.add({ name: `KV_${name}x`, subjects: [`$KV.${name}x.>`] });
    await expect(client.kv(kv(`${name}x`, { schema: Total })).get('k')).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
    });
  });

  it('is not changed by a client that only verifies', async () => {
    const careful = await connect({ servers: server.url, topology: 'verify' });
    const bucket = kv(name, { schema: Total });
    await expect(careful.kv(bucket).get('k')).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    await client.kv(bucket).put('k', { total: 1 });
    expect(await careful.kv(bucket).get('k')).toEqual({ total: 1 });
    await careful.close();
  });

  it('does not let an age drop the claims of an inbox', async () => {
    const handler = on(OrderPlaced, () => {});
    const counter = worker('counter', { from: Orders, inbox: kvInbox(name) }, [handler]);
    await client.start(Orders, counter);
    const aged = client.kv(kv(name, { schema: Total, maxAge: '1h' }));
    await expect(aged.get('k')).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    expect(await client.kv(kv(name, { schema: Total })).get('k')).toBeUndefined();
    const { config } = await connection.jsm.streams.info(`KV_${name}`);
    expect(config).toMatchObject({ max_age: 0, allow_atomic: true });
    await client.kv(kv(`${name}x`, { schema: Total, maxAge: '1h' })).get('k');
    const late = worker('late', { from: Orders, inbox: kvInbox(`${name}x`) }, [handler]);
    await expect(client.start(late)).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
  });

  it('of an inbox is part of the plan of its workers, as well kept as the best of their streams', async () => {
    const handler = on(OrderPlaced, () => {});
    const workers = ['one', 'two'].map((each) =>
      workerSpec(
        worker(each, { from: Orders, inbox: kvInbox(name, { keepFor: '1d' }) }, [handler]),
      ),
    );
    const topology = { streams: [Orders], workers };
    const { changes } = await plan(connection, topology);
    expect(changes.filter((change) => change.name === `KV_${name}`)).toMatchObject([
      { action: 'create', config: { allow_atomic: true, num_replicas: 1 } },
    ]);
    await apply(connection, { changes, warnings: [] });
    const careful = await connect({ servers: server.url, topology: 'verify' });
    await careful.start(worker('one', { from: Orders, inbox: kvInbox(name) }, [handler]));
    await careful.close();
    expect((await plan(connection, topology)).changes).toEqual([]);
  });

  it('does not bring back an older revision when a value with a ttl expires', async () => {
    const store = client.kv(kv(name, { schema: Total, history: 3 }));
    await store.put('k', { total: 1 });
    await store.put('k', { total: 2 }, { ttl: '1s' });
    await until('the value to expire', async () => (await store.get('k')) === undefined);
    const info = await connection.jsm.streams.info(`KV_${name}`);
    await until('its trace to go', async () => {
      const { state } = await connection.jsm.streams.info(`KV_${name}`);
      return state.messages === 0 && info.state.messages <= 1;
    });
    expect(await store.get('k')).toBeUndefined();
  });

  it('answers thousands of reads at once', async () => {
    const store = client.kv(kv(name, { schema: Total }));
    await store.put('k', { total: 1 });
    const all = await Promise.all(Array.from({ length: 5_000 }, () => store.get('k')));
    expect(all.every((one) => one?.total === 1)).toBe(true);
  });

  it('that was deleted is a clear error, for readers and watchers', async () => {
    const store = client.kv(kv(name, { schema: Total }));
    await store.put('k', { total: 1 });
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const entry of store.watch()) seen.push(entry);
    })();
    const ended = expect(watching).rejects.toMatchObject({ code: 'STREAM_GONE' });
    await until('the first value', () => seen.length === 1);
    await connection.jsm.streams.delete(`KV_${name}`);
    await expect(store.get('k')).rejects.toMatchObject({ code: 'STREAM_GONE' });
    await ended;
  });

  it('ends watches when the client closes, and refuses every call after that', async () => {
    const other = await connect({ servers: server.url });
    const store = other.kv(kv(name, { schema: Total }));
    await store.put('k', { total: 1 });
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const entry of store.watch()) seen.push(entry);
    })();
    await until('the first value', () => seen.length === 1);
    await other.close();
    await watching;
    for (const call of [store.get('k'), store.put('k', { total: 2 }), store.delete('k')])
      await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => other.kv(kv(name, { schema: Total }))).toThrow(/closed/);
  });
});
