import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Delivery, Subscription } from '../bus.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryStream } from './memory-stream.ts';
import { type ConsumerSettings, type StreamSettings, toStreamSettings } from './settings.ts';

function world(streamSettings: Partial<StreamSettings> = {}) {
  const clock = new ManualClock();
  const stream = new MemoryStream({
    ...toStreamSettings({ name: 'ORDERS', subjects: ['orders.>'] }),
    ...streamSettings,
  });
  let order = 0;
  const put = (...subjects: string[]) => {
    for (const subject of subjects)
      stream.store(
        { id: '', subject, headers: {}, payload: new Uint8Array(1) },
        clock.now(),
        order++,
      );
  };
  const durable = (settings: Partial<ConsumerSettings> = {}) => {
    const consumer = new MemoryConsumer(
      stream,
      {
        name: 'billing',
        filters: ['orders.>'],
        startAt: 'first',
        acked: true,
        ackWaitMs: 1_000,
        maxAckPending: 1_000,
        ...settings,
      },
      clock,
      () => {},
    );
    stream.readers.add(consumer);
    return consumer;
  };
  const pass = async (ms: number) => {
    const untilMs = clock.now() + ms;
    while (clock.step(untilMs)) await rest();
    await rest();
  };
  return { clock, stream, put, durable, pass };
}

function pull(
  consumer: MemoryConsumer,
  room = 100,
): { got: Delivery[]; take(): string[]; subscription: Subscription } {
  const got: Delivery[] = [];
  let seen = 0;
  const subscription = consumer.subscribe({
    room,
    maxBytes: Number.POSITIVE_INFINITY,
    deliver: (delivery) => got.push(delivery),
    fail: () => {},
  });
  function take(): string[] {
    const fresh = got.slice(seen);
    seen = got.length;
    return fresh.map(({ subject, deliveryCount }) => `${subject}#${deliveryCount}`);
  }
  return { got, subscription, take };
}

async function rest(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
}

it('delivers what is stored and what comes, never inside the publish', async () => {
  const { put, durable } = world();
  put('orders.a');
  const { take } = pull(durable());
  put('orders.b');
  expect(take()).toEqual([]);
  await rest();
  expect(take()).toEqual(['orders.a#1', 'orders.b#1']);
});

it('says how many messages come behind each', async () => {
  const { put, durable } = world();
  put('orders.a', 'orders.b', 'orders.c');
  const { got } = pull(durable());
  await rest();
  expect(got.map(({ pending }) => pending)).toEqual([2, 1, 0]);
});

it('delivers only what its filters let through', async () => {
  const { put, durable } = world();
  const { take } = pull(durable({ filters: ['orders.paid.*', 'orders.placed.o-1'] }));
  put('orders.paid.o-1', 'orders.placed.o-1', 'orders.placed.o-2');
  await rest();
  expect(take()).toEqual(['orders.paid.o-1#1', 'orders.placed.o-1#1']);
});

it('begins at the first message, at the next, or at a time', async () => {
  const { put, durable, clock, pass } = world();
  put('orders.old');
  await pass(10);
  const since = new Date(clock.now());
  put('orders.recent');
  const all = pull(durable());
  const fresh = pull(durable({ startAt: 'new' }));
  const dated = pull(durable({ startAt: since }));
  put('orders.next');
  await rest();
  expect(all.take()).toEqual(['orders.old#1', 'orders.recent#1', 'orders.next#1']);
  expect(fresh.take()).toEqual(['orders.next#1']);
  expect(dated.take()).toEqual(['orders.recent#1', 'orders.next#1']);
});

it('hands over no more than was released', async () => {
  const { put, durable } = world();
  put('orders.a', 'orders.b', 'orders.c', 'orders.d');
  const { take, subscription } = pull(durable(), 2);
  await rest();
  expect(take()).toHaveLength(2);
  subscription.release(1);
  await rest();
  expect(take()).toEqual(['orders.c#1']);
});

it('keeps to maxAckPending over all subscriptions, and shares messages in turn', async () => {
  const { put, durable } = world();
  const consumer = durable({ maxAckPending: 4 });
  put('orders.a', 'orders.b', 'orders.c', 'orders.d', 'orders.e', 'orders.f');
  const one = pull(consumer);
  const two = pull(consumer);
  await rest();
  expect(one.take()).toEqual(['orders.a#1', 'orders.c#1']);
  expect(two.take()).toEqual(['orders.b#1', 'orders.d#1']);
  two.got[0]?.ack();
  await rest();
  expect([...one.take(), ...two.take()]).toEqual(['orders.e#1']);
});

it('redelivers after the ack wait, unless the worker says that it is at work', async () => {
  const { put, durable, pass } = world();
  put('orders.a', 'orders.b', 'orders.c');
  const { got, take } = pull(durable());
  await rest();
  take();
  got[2]?.ack();
  await pass(600);
  got[1]?.working();
  await pass(400);
  expect(take()).toEqual(['orders.a#2']);
  await pass(600);
  expect(take()).toEqual(['orders.b#2']);
});

it('delivers again after the delay of a nak, which holds its place meanwhile', async () => {
  const { put, durable, pass } = world();
  put('orders.a', 'orders.b');
  const { got, take } = pull(durable({ maxAckPending: 1 }));
  await rest();
  expect(take()).toEqual(['orders.a#1']);
  got[0]?.nak(5_000);
  await pass(4_999);
  expect(take()).toEqual([]);
  await pass(1);
  expect(take()).toEqual(['orders.a#2']);
  got[1]?.ack();
  await rest();
  expect(take()).toEqual(['orders.b#1']);
});

it('delivers again at once after a nak without delay, before what is new', async () => {
  const { put, durable } = world();
  put('orders.a', 'orders.b', 'orders.c');
  const { got, take, subscription } = pull(durable(), 2);
  await rest();
  take();
  got[0]?.nak(0);
  subscription.release(1);
  await rest();
  expect(take()).toEqual(['orders.a#2']);
});

it('settles once: a second settlement does nothing', async () => {
  const { put, durable, pass } = world();
  put('orders.a');
  const consumer = durable();
  const { got, take } = pull(consumer);
  await rest();
  take();
  got[0]?.ack();
  got[0]?.nak(0);
  await pass(5_000);
  expect(take()).toEqual([]);
  expect(consumer.state()).toEqual({ lag: 0, ackPending: 0, redelivered: 0 });
});

it('takes a late ack of an earlier delivery', async () => {
  const { put, durable, pass } = world();
  put('orders.a');
  const { got, take } = pull(durable());
  await rest();
  await pass(1_000);
  expect(take()).toEqual(['orders.a#1', 'orders.a#2']);
  got[0]?.ack();
  await pass(5_000);
  expect(take()).toEqual([]);
});

it('goes on where it was after its subscription stops, with what was not settled', async () => {
  const { put, durable, pass } = world();
  put('orders.a', 'orders.b');
  const consumer = durable();
  const first = pull(consumer, 1);
  await rest();
  await first.subscription.stop(1_000);
  put('orders.c');
  await rest();
  expect(first.take()).toEqual(['orders.a#1']);
  const second = pull(consumer);
  await rest();
  expect(second.take()).toEqual(['orders.b#1', 'orders.c#1']);
  await pass(1_000);
  expect(second.take()).toContain('orders.a#2');
});

it('does not deliver again what the stream dropped', async () => {
  const { put, durable, pass } = world({ maxMsgs: 1 });
  put('orders.a');
  const consumer = durable();
  const { take } = pull(consumer, 1);
  await rest();
  put('orders.b', 'orders.c');
  await pass(10_000);
  expect(take()).toEqual(['orders.a#1']);
  expect(consumer.state()).toEqual({ lag: 1, ackPending: 0, redelivered: 0 });
});

it('removes from a workqueue what one reader acked', async () => {
  const { put, durable, stream } = world({ retention: 'workqueue' });
  put('orders.a', 'orders.b');
  const { got } = pull(durable());
  await rest();
  got[0]?.ack();
  expect(stream.size).toBe(1);
});

it('removes from an interest stream what every reader acked', async () => {
  const { put, durable, stream } = world({ retention: 'interest' });
  const one = pull(durable());
  const two = pull(durable({ filters: ['orders.a'] }));
  put('orders.a', 'orders.b');
  await rest();
  one.got[0]?.ack();
  expect(stream.size).toBe(2);
  two.got[0]?.term('poison');
  expect(stream.size).toBe(1);
  one.got[1]?.ack();
  expect(stream.size).toBe(0);
});

it('leaves the event loop room while it hands out many', async () => {
  const { put, durable } = world();
  put(...Array.from({ length: 1_000 }, (_, i) => `orders.${i}`));
  const { got } = pull(durable(), 1_000);
  await turn();
  expect(got.length).toBeLessThan(1_000);
  await rest();
  expect(got.length).toBe(1_000);
});

it('is done with what it hands over where nobody waits for acks', async () => {
  const { stream, put, durable, pass } = world({ retention: 'interest' });
  const consumer = durable({ acked: false, maxAckPending: 1 });
  const { got, take } = pull(consumer, 2);
  put('orders.1', 'orders.2', 'orders.3');
  await rest();
  expect(take()).toEqual(['orders.1#1', 'orders.2#1']);
  expect(consumer.state()).toMatchObject({ lag: 1, ackPending: 0, redelivered: 0 });
  expect(stream.size).toBe(1);
  expect(consumer.isBusy).toBe(true);
  got[0]?.nak(0);
  got[1]?.working();
  await pass(5_000);
  expect(take()).toEqual([]);
});

it('counts the bytes of what it handed over for good until they are let go of', async () => {
  const { put, durable } = world();
  const consumer = durable({ acked: false });
  const got: Delivery[] = [];
  const deliver = (delivery: Delivery) => void got.push(delivery);
  consumer.subscribe({ room: 10, maxBytes: 1, deliver, fail: () => {} });
  put('orders.1', 'orders.2');
  await rest();
  expect(got).toHaveLength(1);
  got[0]?.term('failed');
  await rest();
  expect(got).toHaveLength(2);
  got[1]?.ack();
  expect(consumer.isBusy).toBe(false);
});
