/** What the page shows of streams, consumers, workers and partitions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AppView,
  ConsumerDetail,
  ConsumerRow,
  Page,
  PartitionsAnswer,
  Snapshot,
  StreamDetail,
  StreamRow,
} from '../src/wire.ts';
import { OrderPaid, OrderPlaced, type Stage, shop, stage, until } from './shop.ts';

let on: Stage;

beforeAll(async () => {
  on = await stage({ title: 'the shop' });
  await on.client.start(shop);
  await on.client.publish([
    OrderPlaced({ orderId: 'o-1', total: 1 }),
    OrderPlaced({ orderId: 'o-2', total: 2 }),
    OrderPaid({ orderId: 'o-1' }),
  ]);
});
afterAll(() => on[Symbol.asyncDispose]());

const snapshot = () => on.read<Snapshot>('api/snapshot');
const streamIn = ({ streams }: Snapshot, name: string) =>
  streams.find((stream) => stream.name === name) as StreamRow;

describe('a snapshot', () => {
  it('says what server it is, and how much of its limits is used', async () => {
    const { server, account, state, gaps } = await snapshot();
    expect(state).toBe('connected');
    expect(gaps).toEqual([]);
    expect(server).toMatchObject({
      version: on.server.binary.version,
      domain: null,
      cluster: null,
    });
    expect(server?.address).toBe(on.server.url.replace('nats://', ''));
    expect(account?.streams.used).toBeGreaterThanOrEqual(3);
    expect(account?.streams.limit).toBeNull();
  });

  it('has streams with their consumers inline, and what each is for', async () => {
    let now = await snapshot();
    await until('billing is done', async () => {
      now = await snapshot();
      return streamIn(now, 'ORDERS').consumers.some(
        ({ name, lag, ackPending }) => name === 'billing' && lag + ackPending === 0,
      );
    });
    const orders = streamIn(now, 'ORDERS');
    expect(orders).toMatchObject({
      kind: 'stream',
      managed: true,
      declared: true,
      messages: 3,
      lastSeq: 3,
      subjectCount: 3,
      copiesProblem: null,
    });
    expect(orders.subjects).toContain('orders.>');
    expect(orders.consumers.find(({ name }) => name === 'billing')).toMatchObject({
      kind: 'worker',
      worker: 'billing',
      app: 'shop',
      durable: true,
      ackPolicy: 'explicit',
      maxAckPending: 500,
      paused: null,
      attention: null,
    });
    const queue = streamIn(now, 'ORDERS-audit');
    expect(queue).toMatchObject({
      kind: 'partition-queue',
      queueOf: { worker: 'audit', stream: 'ORDERS' },
    });
    expect(
      queue.consumers.map(({ kind, worker, app, partition }) => [kind, worker, app, partition]),
    ).toEqual([0, 1, 2].map((partition) => ['partition', 'audit', 'shop', partition]));
    expect(streamIn(now, 'DLQ').kind).toBe('dead-letters');
    expect(now.totals.messages).toBeGreaterThanOrEqual(3);
    expect(now.deadLetters).toEqual([{ name: 'DLQ', count: 0, exact: true }]);
  });

  it('has rates once there are two of them', async () => {
    let published = 0;
    let now = await snapshot();
    await until('a rate', async () => {
      await on.client.publish(OrderPaid({ orderId: `r-${published++}` }));
      now = await snapshot();
      return (streamIn(now, 'ORDERS').storedPerSec ?? 0) > 0;
    });
    expect(now.totals.storedPerSec).toBeGreaterThan(0);
    expect(streamIn(now, 'ORDERS').bytesPerSec).toBeGreaterThan(0);
  });

  it('tells who asks for attention', async () => {
    const { jsm } = on.connection;
    await jsm.streams.add({ name: 'LONELY', subjects: ['lonely.>'] });
    const config = { durable_name: 'nobody', ack_policy: 'explicit', filter_subject: 'lonely.*' };
    await jsm.consumers.add('LONELY', config as object);
    await on.connection.js.publish('lonely.1');
    let lonely: ConsumerRow | undefined;
    await until('it is seen', async () => {
      lonely = streamIn(await snapshot(), 'LONELY')?.consumers[0];
      return lonely?.lag === 1;
    });
    expect(lonely).toMatchObject({
      kind: 'other',
      worker: null,
      managed: false,
      filters: ['lonely.*'],
      waiting: 0,
      attention: 'nobody pulls',
    });
    await jsm.streams.delete('LONELY');
  });

  it('comes as events, about once a second, with the same numbers for every page', async () => {
    const pages = await Promise.all([listen(on.studio.url), listen(on.studio.url)]);
    await until('three each', () => pages.every(({ snapshots }) => snapshots.length >= 3));
    for (const page of pages) page.leave();
    const numbers = pages.map(({ snapshots }) => snapshots.map(({ number }) => number));
    const shared = numbers[0]?.filter((number) => numbers[1]?.includes(number));
    expect(shared?.length).toBeGreaterThanOrEqual(2);
    expect(numbers[0]).toEqual(numbers[0]?.toSorted((a, b) => a - b));
  });
});

describe('lists', () => {
  it('come in pages, and can be searched', async () => {
    const all = await on.read<Page<StreamRow>>('api/streams?limit=2');
    expect(all.items).toHaveLength(2);
    expect(all.total).toBeGreaterThan(2);
    const rest = await on.read<Page<StreamRow>>('api/streams?limit=100&offset=2');
    expect(rest.items).toHaveLength(all.total - 2);
    const found = await on.read<Page<StreamRow>>('api/streams?q=orders-');
    expect(found.items.map(({ name }) => name)).toEqual(['ORDERS-audit']);
    expect(found.total).toBe(1);
    const consumers = await on.read<Page<ConsumerRow>>('api/consumers?stream=ORDERS&q=BILL');
    expect(consumers.items.map(({ name }) => name)).toEqual(['billing']);
    const none = await on.read<Page<ConsumerRow>>('api/consumers?stream=ORDERS&offset=500');
    expect(none.items).toEqual([]);
  });

  it('lead to one stream and one consumer, with their configuration', async () => {
    const detail = await on.read<StreamDetail>('api/stream?stream=ORDERS');
    expect(detail.messages.map(({ type, handledBy }) => [type, handledBy])).toEqual([
      ['OrderPlaced', ['billing', 'audit']],
      ['OrderPaid', ['audit']],
    ]);
    expect(JSON.parse(detail.configText)).toMatchObject({ name: 'ORDERS', retention: 'limits' });
    expect(detail.commands[0]?.command).toContain('tail -s');
    const consumer = await on.read<ConsumerDetail>('api/consumer?stream=ORDERS&consumer=billing');
    expect(consumer.consumer.name).toBe('billing');
    expect(JSON.parse(consumer.configText)).toMatchObject({ durable_name: 'billing' });
    expect(consumer.deliveredSeq).toBeGreaterThan(0);
  });

  it('say what is not there', async () => {
    expect(await on.refused('api/stream?stream=NONE')).toMatchObject({ status: 404 });
    expect(await on.refused('api/consumers?stream=NONE')).toMatchObject({ status: 404 });
    expect(await on.refused('api/consumer?stream=ORDERS&consumer=none')).toMatchObject({
      status: 404,
      words: 'There is no such consumer any more, or there never was.',
    });
  });
});

describe('workers and partitions', () => {
  it('workers are shown as their app declares them, with every default', async () => {
    const { apps, workers, messages } = await on.read<AppView>('api/app');
    expect(apps).toEqual([{ name: 'shop', streams: ['ORDERS'] }]);
    expect(workers.find(({ name }) => name === 'billing')).toMatchObject({
      stream: 'ORDERS',
      durables: [{ stream: 'ORDERS', consumer: 'billing' }],
      handlers: [{ types: ['OrderPlaced'], batch: null }],
      maxAckPending: 500,
      ordered: { onFailure: 'hold' },
      partitions: null,
      retry: { attempts: 2, minDelayMs: 1, maxDelayMs: 1, withinMs: 3_600_000, rules: 0 },
      breaker: { failures: 5, openForMs: 1000 },
      rateLimits: [{ messages: 1000, perMs: 1000, burst: 1000, byKey: false }],
      deadLetters: 'DLQ',
      inbox: false,
      schedule: null,
    });
    expect(workers.find(({ name }) => name === 'audit')).toMatchObject({
      partitions: 3,
      durables: [0, 1, 2].map((index) => ({ stream: 'ORDERS-audit', consumer: `p${index}` })),
      retry: { attempts: 5, withinMs: null },
    });
    expect(workers.find(({ name }) => name === 'nightly')?.schedule).toBe('0 0 3 * * *, UTC');
    expect(messages.find(({ type }) => type === 'OrderPlaced')).toMatchObject({
      stream: 'ORDERS',
      subject: 'orders.placed.{orderId}',
      version: 1,
      kind: 'event',
    });
  });

  it('partitions tell who has them', async () => {
    let answer: PartitionsAnswer | undefined;
    await until('all are owned', async () => {
      answer = await on.read<PartitionsAnswer>('api/partitions');
      return answer.partitions.length === 3 && answer.partitions.every(({ owner }) => owner);
    });
    expect(answer?.gaps).toEqual([]);
    expect(answer?.partitions.map(({ owner }) => owner?.endsWith(`/${process.pid}`))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

/** A page that listens, until it leaves. */
async function listen(url: string) {
  const controller = new AbortController();
  const response = await fetch(new URL('api/live', url), { signal: controller.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const snapshots: Snapshot[] = [];
  void (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) snapshots.push(JSON.parse(data) as Snapshot);
      }
    }
  })().catch(() => {});
  return { snapshots, leave: () => controller.abort() };
}

// Last, as it publishes more.
describe('what processes tell', () => {
  it('is who they are, and how long messages took', async () => {
    let now = await snapshot();
    const billing = () => now.told.find(({ worker }) => worker === 'billing');
    await until('a process tells how long orders took', async () => {
      await on.client.publish(OrderPlaced({ orderId: 'o-told', total: 1 }));
      now = await snapshot();
      return billing()?.latencyMs != null;
    });
    expect(billing()).toMatchObject({
      stream: 'ORDERS',
      processesTotal: 1,
      processes: [
        {
          process: expect.stringMatching(`/${process.pid}$`),
          app: 'tests',
          lanes: expect.any(Number),
        },
      ],
    });
    expect(billing()?.latencyMs?.p99).toBeGreaterThan(0);
    expect(billing()?.handlingMs?.p50).toBeGreaterThan(0);
    // Of a partitioned worker under the stream that it declares, not under its queue.
    expect(now.told.find(({ worker }) => worker === 'audit')?.stream).toBe('ORDERS');
  });
});
