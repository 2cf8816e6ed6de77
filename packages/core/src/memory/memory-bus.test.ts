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

  it('changes limits in place, and refuses another storage or a workqueue', async () => {
    const bus = open();
    await bus.prepare({ streams: [ordersOf()], workers: [] });
    for (const seq of [1, 2, 3]) await bus.store(message(`orders.placed.o-${seq}`));
    await bus.prepare({ streams: [ordersOf({ maxMsgs: 2 })], workers: [] });
    expect(bus.stored()).toHaveLength(2);
    const conflict = bus.prepare({
      streams: [ordersOf({ storage: 'memory', retention: 'workqueue' })],
      workers: [],
    });
    await expect(conflict).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringMatching(/storage[\s\S]*retention/),
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

  it('refuses another filter for a durable, and takes other limits', async () => {
    const bus = open();
    const orders = ordersOf();
    await bus.prepare({ streams: [orders], workers: [billing(orders)] });
    await bus.prepare({
      streams: [orders],
      workers: [billing(orders, { maxAckPending: 5, ackWait: '5s' })],
    });
    const narrower = billing(orders, { filter: { orderId: 'o-1' } });
    await expect(bus.prepare({ streams: [orders], workers: [narrower] })).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
    });
  });

  it('refuses two readers of the same messages of a workqueue', async () => {
    const bus = open();
    const orders = ordersOf({ retention: 'workqueue' });
    const both = { streams: [orders], workers: [billing(orders), billing(orders, {}, 'shipping')] };
    await expect(bus.prepare(both)).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringContaining('overlap'),
    });
    expect(() => bus.stored()).not.toThrow();
    await expect(bus.store(message('orders.placed.o-1'))).rejects.toMatchObject({
      code: 'NO_STREAM',
    });
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
  for (const each of workers)
    await bus.subscribe(each, { room: 10, deliver: () => heard.push(each.name), fail: () => {} });
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
