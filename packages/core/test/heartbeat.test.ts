import { startServer } from '@jetlane/devserver';
import { afterEach, expect, it } from 'vitest';
import type { Delivery } from '../src/bus.ts';
import { connect } from '../src/connect.ts';
import { open } from '../src/nats/connection.ts';
import { NatsBus } from '../src/nats/nats-bus.ts';
import { on } from '../src/worker/handler.ts';
import { worker, workerSpec } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const opened: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

it('the server confirms a heartbeat', async () => {
  const server = await startServer();
  opened.push(server);
  const client = await connect({ servers: server.url });
  opened.push(client);
  const spec = workerSpec(worker('billing', { from: Orders }, [on(OrderPlaced, () => {})]));
  const bus = new NatsBus(await open({ servers: server.url }), {
    maxInFlight: 1,
    maxInFlightBytes: 1_024,
    publishTimeoutMs: 1_000,
    topology: 'apply',
  });
  opened.push({ [Symbol.asyncDispose]: () => bus.close(100) });
  await bus.prepare({ streams: [Orders], workers: [spec] });
  const deliveries: Delivery[] = [];
  await bus.subscribe(spec, {
    room: 1,
    maxBytes: Number.POSITIVE_INFINITY,
    deliver: (delivery) => void deliveries.push(delivery),
    fail: () => {},
  });
  await client.publish(order(1));
  await until('the delivery', () => deliveries.length === 1);
  let confirmed = 0;
  deliveries[0]?.working(() => confirmed++);
  await until('the confirmation', () => confirmed === 1);
  expect(deliveries).toHaveLength(1);
});
