import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app, collect } from '../src/app.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { open } from '../src/nats/connection.ts';
import { apply } from '../src/topology/apply.ts';
import { plan } from '../src/topology/plan.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{id}',
  schema: z.object({ id: z.string() }),
});
const Paid = event('Paid', { subject: 'orders.paid.{id}', schema: z.object({ id: z.string() }) });
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed, Paid] });
const both = worker('billing', { from: Orders }, [on(Placed, () => {}), on(Paid, () => {})]);
const placed = worker('billing', { from: Orders }, [on(Placed, () => {})]);
const paid = worker('billing', { from: Orders }, [on(Paid, () => {})]);
const shop = (part: typeof both) => app('shop', { streams: [Orders], run: [part] });
const bank = (part: typeof both) => app('bank', { streams: [Orders], run: [part] });

let server: Server;
let clients: Client[];

beforeEach(async () => {
  server = await startServer();
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close({ timeout: '1s' })));
  await server.stop();
});

async function start(part: ReturnType<typeof shop>): Promise<void> {
  const client = await connect({ servers: server.url });
  clients.push(client);
  await client.start(part);
}

describe('two workers with one durable name', () => {
  it('are refused in one app', () => {
    const parts = { streams: [Orders], run: [placed, paid] };
    expect(() => app('shop', parts)).toThrow("two workers are named 'billing'");
  });

  it.each([
    ['other subjects', placed, paid],
    ['fewer subjects', both, placed],
    ['more subjects', placed, both],
  ])('conflict when the one of another app handles %s', async (_, first, second) => {
    await start(shop(first));
    await expect(start(bank(second))).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringContaining("a worker of app 'shop' has this name"),
    });
  });

  it('share the work when they handle the same, and one app may narrow its own', async () => {
    await start(shop(both));
    await start(bank(both));
    await start(shop(both));
    await start(shop(placed));
    const connection = await open({ servers: server.url });
    expect((await plan(connection, collect([shop(placed)]))).changes).toEqual([]);
    await connection.nc.close();
  });

  it('change hands when that is allowed', async () => {
    await start(shop(both));
    const connection = await open({ servers: server.url });
    const wanted = collect([bank(placed)]);
    await apply(connection, await plan(connection, wanted), { allowDestructive: true });
    expect((await plan(connection, wanted)).changes).toEqual([]);
    await connection.nc.close();
    await start(bank(placed));
    await expect(start(shop(both))).rejects.toThrow("a worker of app 'bank' has this name");
  });
});
