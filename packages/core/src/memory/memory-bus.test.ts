import { event, type StreamSettings, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { on } from '../worker/handler.ts';
import { type WorkerOptions, worker, workerSpec } from '../worker/worker.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryBus } from './memory-bus.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});

const ordersOf = (settings: StreamSettings = {}) =>
  stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...settings });
type Orders = ReturnType<typeof ordersOf>;

function billing(orders: Orders, options: Partial<WorkerOptions<Orders>> = {}, name = 'billing') {
  return workerSpec(worker(name, { from: orders, ...options }, [on(Placed, () => {})]));
}

function message(subject: string, id = '', payload = new Uint8Array(1)) {
  return { id, subject, headers: id === '' ? {} : { 'Nats-Msg-Id': id }, payload };
}

const open = () => new MemoryBus(new ManualClock());

describe('storing', () => {
  it('says which stream stored a message, and whether it was there before', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    expect(await bus.store(message('orders.placed.o-1', 'one'))).toEqual({
      stream: 'ORDERS',
      seq: 1,
      duplicate: false,
    });
    expect(await bus.store(message('orders.placed.o-1', 'one'))).toEqual({
      stream: 'ORDERS',
      seq: 1,
      duplicate: true,
    });
  });

  it('refuses a subject that no stream stores, and a message over 1 MiB', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    await expect(bus.store(message('invoices.sent'))).rejects.toMatchObject({ code: 'NO_STREAM' });
    const large = message('orders.placed.o-1', '', new Uint8Array(1024 * 1024));
    await expect(bus.store(large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('refuses headers of 64 KiB', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    const headers = { 'x-large': 'x'.repeat(64 * 1024) };
    const large = { ...message('orders.placed.o-1'), headers };
    await expect(bus.store(large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });

  it('refuses everything once it is closed', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    await bus.close();
    await expect(bus.store(message('orders.placed.o-1'))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('preparing', () => {
  it('keeps what is stored when the same is declared again', async () => {
    const bus = open();
    const orders = ordersOf();
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    await bus.store(message('orders.placed.o-1'));
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    expect(bus.stored()).toHaveLength(1);
  });

  it('changes limits in place where nothing is dropped', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    for (const seq of [1, 2, 3]) await bus.store(message(`orders.placed.o-${seq}`));
    await bus.prepare({ streams: [ordersOf({ maxMsgs: 3 })], workers: [] });
    await bus.store(message('orders.placed.o-4'));
    expect(bus.stored().map(({ seq }) => seq)).toEqual([2, 3, 4]);
    const lower = bus.prepare({ streams: [ordersOf({ maxMsgs: 2 })], workers: [] });
    await expect(lower).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    expect(bus.stored()).toHaveLength(3);
  });

  it('refuses another storage or a workqueue, and says both', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    const other = ordersOf({ storage: 'memory', retention: 'workqueue' });
    await expect(bus.prepare({ streams: [other], workers: [] })).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringMatching(/(?=[\s\S]*storage)(?=[\s\S]*retention)/),
    });
  });

  it('refuses streams that overlap, those of another start included', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    const other = stream('OTHER', { subjects: ['orders.placed.*'], messages: [Placed] });
    await expect(bus.prepare({ streams: [other], workers: [] })).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
    });
  });

  it('takes narrower filters and other limits for a durable, and refuses wider filters', async () => {
    const bus = open();
    const orders = ordersOf();
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    const narrower = billing(orders, { filter: { orderId: 'o-1' }, maxAckPending: 5 });
    await bus.prepare({ streams: [orders], workers: [narrower] });
    await bus.store(message('orders.placed.o-2'));
    await bus.store(message('orders.placed.o-1'));
    const heard: string[] = [];
    const subscriber = {
      room: 10,
      maxBytes: Number.POSITIVE_INFINITY,
      deliver: ({ subject }: { subject: string }) => heard.push(subject),
      fail: () => {},
    };
    const subscription = await bus.subscribe(narrower, subscriber);
    await expect.poll(() => heard).toEqual(['orders.placed.o-1']);
    expect(await subscription.state()).toEqual({ lag: 0, ackPending: 1, redelivered: 0 });
    const wider = bus.prepare({ streams: [orders], workers: [billing(orders)] });
    await expect(wider).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
  });

  it('refuses two readers of the same messages of a workqueue', async () => {
    const bus = open();
    const orders = ordersOf({ retention: 'workqueue' });
    const both = { streams: [orders], workers: [billing(orders), billing(orders, {}, 'shipping')] };
    await expect(bus.prepare(both)).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringContaining('overlap'),
    });
    await expect(bus.store(message('orders.placed.o-1'))).rejects.toMatchObject({
      code: 'NO_STREAM',
    });
  });

  it('refuses a second reader that another start brings, and one that does not begin at the first', async () => {
    const bus = open();
    const orders = ordersOf({ retention: 'workqueue' });
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    const second = bus.prepare({ streams: [orders], workers: [billing(orders, {}, 'shipping')] });
    await expect(second).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    const late = open().prepare({
      streams: [orders],
      workers: [billing(orders, { startAt: 'new' })],
    });
    await expect(late).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('makes a stream that somebody else would make, because nobody else can', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf({ managed: false })], workers: [] });
    await bus.prepare({ streams: [ordersOf({ managed: false })], workers: [] });
    expect((await bus.store(message('orders.placed.o-1'))).stream).toBe('ORDERS');
  });

  it('keeps to the number of consumers that a stream allows', async () => {
    const bus = open();
    const orders = ordersOf({ maxConsumers: 1 });
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    const second = bus.prepare({ streams: [orders], workers: [billing(orders, {}, 'shipping')] });
    await expect(second).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('says what needs a server', async () => {
    const copy = stream('COPY', { subjects: [], messages: [], mirror: { name: 'ORDERS' } });
    await expect(open().prepare({ streams: [copy], workers: [] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('mirror'),
    });
  });
});

describe('dead letters', () => {
  it('go to the stream that the worker names, apart from what is stored', async () => {
    const bus = open();
    const orders = ordersOf();
    const workers = [billing(orders), billing(orders, { deadLetter: 'GRAVE' }, 'shipping')];
    await bus.prepare({ streams: [orders], workers });
    expect(await bus.store(message('_jl.dlq.ORDERS.billing'))).toMatchObject({ stream: 'DLQ' });
    expect(await bus.store(message('_jl.dlq-GRAVE.ORDERS.shipping'))).toMatchObject({
      stream: 'GRAVE',
    });
    expect(bus.stored()).toEqual([]);
    expect(bus.deadLetters().map(({ stream }) => stream)).toEqual(['DLQ', 'GRAVE']);
  });

  it('may have a stream that the application declares', async () => {
    const bus = open();
    const orders = ordersOf();
    const graves = stream('DLQ', { subjects: ['graves.>'], messages: [], maxMsgs: 1 });
    await bus.prepare({ streams: [orders, graves], workers: [billing(orders)] });
    await bus.store(message('_jl.dlq.ORDERS.billing', 'one'));
    await bus.store(message('_jl.dlq.ORDERS.billing', 'two'));
    expect(bus.deadLetters()).toHaveLength(1);
  });
});

it('lets a durable hear what is replayed to it alone', async () => {
  const bus = open();
  const orders = ordersOf();
  const workers = [billing(orders), billing(orders, {}, 'shipping')];
  await bus.prepare({ streams: [orders], workers });
  await bus.store(message('_jl.ORDERS.billing.orders.placed.o-1'));
  const heard: string[] = [];
  for (const each of workers) {
    const deliver = () => heard.push(each.name);
    const maxBytes = Number.POSITIVE_INFINITY;
    await bus.subscribe(each, { room: 10, maxBytes, deliver, fail: () => {} });
  }
  await expect.poll(() => heard).toEqual(['billing']);
});

it('grants a claim once', async () => {
  const bus = open();
  expect(await Promise.all([bus.claim('a'), bus.claim('a'), bus.claim('b')])).toEqual([
    true,
    false,
    true,
  ]);
});
