import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, order } from './orders.ts';
import { until } from './until.ts';

const Large = event('Large', {
  subject: 'orders.large.{number}',
  schema: z.object({ number: z.number(), filler: z.string() }),
});
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [OrderPlaced, Large] });

/** Two servers that know nothing of each other, each with the stream. */
let frozen: Server;
let other: Server;
let client: Client;

beforeEach(async () => {
  frozen = await startServer();
  other = await startServer();
  const there = await connect({ servers: other.url });
  await there.start(Orders);
  await there.close();
  client = await connect({
    servers: [frozen.url, other.url],
    nats: { noRandomize: true, ignoreClusterUpdates: true },
    publishTimeout: '20s',
    maxInFlightBytes: '64MiB',
  });
  await client.start(Orders);
  await client.publish(order(1));
  await frozen.pause();
});

afterEach(async () => {
  await frozen.resume();
  await client.close();
  await frozen.stop();
  await other.stop();
});

// Pings alone would take 30 s, longer than a publish waits, and longer than this.
const LIMIT_MS = 25_000;

describe('a worker whose server freezes', () => {
  it('goes on at another server', async () => {
    const handled: number[] = [];
    const billing = worker('billing', { from: Orders }, [
      on(OrderPlaced, ({ data: { number } }) => void handled.push(number)),
    ]);
    const there = await connect({ servers: other.url });
    await there.start(billing);
    await there.close();
    await frozen.resume();
    await client.start(billing);
    await until('the order to be handled', () => handled.includes(1));
    await frozen.pause();
    const publisher = await connect({ servers: other.url });
    await publisher.publish(order(2));
    await until('the order at the other server', () => handled.includes(2), LIMIT_MS);
    await publisher.close();
  }, 60_000);
});

describe('a publisher whose server freezes', () => {
  it('goes to another server before its publishes time out', async () => {
    const { seq } = await client.publish(order(2));
    expect(seq).toBe(1);
  });

  it('does so even when more was written than the frozen one will ever take', async () => {
    const filler = 'x'.repeat(500_000);
    const messages = Array.from({ length: 60 }, (_, number) => Large({ number, filler }));
    const acks = await client.publish(messages);
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => index + 1));
  });
});
