/** `ordered: true` over broken connections and changes of leader: each subject in the order of the calls, nothing twice. */
import { type Client, connect, type Message, on, open, stream, worker } from '@jetlane/core';
import { startCluster, startServer } from '@jetlane/devserver';
import { startFaultProxy, until } from '@jetlane/testing';
import { expect, it } from 'vitest';
import { type Topic, topic } from '../src/topic.ts';

const KEYS = 7;

/** Publishes `count` messages over few subjects, all at once, by as many calls. */
function publishAll(client: Client, { Sent }: Topic, count: number) {
  let acked = 0;
  const storing = Array.from({ length: count }, (_, n) =>
    client.publish(Sent({ key: `k${n % KEYS}`, n })).then((ack) => {
      acked++;
      return ack;
    }),
  );
  return { all: Promise.all(storing), acked: () => acked };
}

/** What a stream holds of each key, by position. */
async function read(
  servers: string | string[],
  from: Topic['Stream'],
  sent: Topic['Sent'],
  count: number,
) {
  const byKey = new Map<string, number[]>();
  let total = 0;
  const client = await connect({ servers });
  await client.start(
    worker('reader', { from, orderBy: 'key' }, [
      on(sent, ({ data: { key, n } }: Message<Topic['Sent']>) => {
        byKey.set(key, [...(byKey.get(key) ?? []), n]);
        total++;
      }),
    ]),
  );
  await until(
    () => total >= count,
    60_000,
    () => `${count} messages, not ${total}`,
  );
  await client.close();
  return { byKey, total };
}

const ORDERED = {
  ordered: true,
  publishTimeout: '60s',
  maxInFlight: 1_024,
  nats: { reconnectTimeWait: 50 },
} as const;

it('keeps the order of each subject over connections that break and acks that are lost', async () => {
  await using server = await startServer();
  await using proxy = await startFaultProxy({ target: server.url });
  const orders = topic();
  const client = await connect({ servers: proxy.url, ...ORDERED });
  await client.start(orders.Stream);
  const count = 2_100;
  proxy.dropAcks({ copies: 'first', every: 100, stream: orders.Stream.name });
  proxy.delay({ delayMs: 1, jitterMs: 3 });
  const { all, acked } = publishAll(client, orders, count);
  for (const part of [200, 600, 1_000, 1_400]) {
    await until(
      () => acked() > part,
      60_000,
      () => `more than ${part} acks, not ${acked()}`,
    );
    if (part % 400 === 200) proxy.reset();
    else proxy.cut();
  }
  const acks = await all;
  expect(proxy.counts.resets + proxy.counts.cuts).toBe(4);
  expect(proxy.counts.droppedAcks).toBeGreaterThan(0);
  expect(new Set(acks.map(({ seq }) => seq)).size).toBe(count);
  for (let key = 0; key < KEYS; key++) {
    const positions = acks.filter((_, n) => n % KEYS === key).map(({ seq }) => seq);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  }
  await client.close();
  const { byKey, total } = await read(server.url, orders.Stream, orders.Sent, count);
  expect(total).toBe(count);
  for (const numbers of byKey.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
}, 120_000);

/** Publishes one message of each key every few milliseconds until it is told to stop: each sees another state of the stream. */
function publishPaced(client: Client, { Sent }: Topic) {
  const storing: Promise<unknown>[] = [];
  let n = 0;
  const timer = setInterval(() => {
    for (let key = 0; key < KEYS; key++) {
      const storedAt = client.publish(Sent({ key: `k${key}`, n: n++ }));
      storedAt.catch(() => {}); // all are awaited at the end
      storing.push(storedAt);
    }
  }, 5);
  return async () => {
    clearInterval(timer);
    await Promise.all(storing);
    return storing.length;
  };
}

it('keeps it while the leader of the stream steps down again and again', async () => {
  await using cluster = await startCluster();
  const orders = topic();
  const Replicated = stream(orders.Stream.name, {
    subjects: orders.Stream.subjects,
    messages: [orders.Sent, orders.Derived],
    replicas: 3,
  });
  const client = await connect({ servers: [...cluster.urls], ...ORDERED });
  await client.start(Replicated);
  const admin = await open({ servers: [...cluster.urls] });
  const name = Replicated.name;
  const leader = async () => (await admin.jsm.streams.info(name)).cluster?.leader;
  const stop = publishPaced(client, orders);
  for (let changes = 0; changes < 4; changes++) {
    const before = await leader();
    await admin.nc.request(`$JS.API.STREAM.LEADER.STEPDOWN.${name}`, '', { timeout: 5_000 });
    await until(
      async () => {
        const now = await leader().catch(() => undefined);
        return now !== undefined && now !== '' && now !== before;
      },
      30_000,
      'another leader',
    );
  }
  const count = await stop();
  await admin.nc.close();
  await client.close();
  const { byKey, total } = await read([...cluster.urls], Replicated, orders.Sent, count);
  expect(total).toBe(count);
  for (const numbers of byKey.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
}, 240_000);
