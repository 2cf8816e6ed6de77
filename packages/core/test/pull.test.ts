import { createServer, connect as dialTcp, type Socket, type Server as TcpServer } from 'node:net';
import { type Server, startServer } from '@jetlane/devserver';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { diagnostics, type FailEvent } from '../src/diagnostics.ts';
import { on } from '../src/worker/handler.ts';
import { worker } from '../src/worker/worker.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const open: AsyncDisposable[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function start(config = ''): Promise<Server> {
  const server = await startServer(config === '' ? {} : { config });
  open.push(server);
  return server;
}

async function client(servers: string, user?: string): Promise<Client> {
  const auth = user === undefined ? {} : { auth: { user, password: 'x' } };
  const made = await connect({ servers, ...auth });
  open.push({ [Symbol.asyncDispose]: () => made.close({ timeout: '1s' }) });
  return made;
}

/** A worker that notes the numbers of the orders that it handled. */
function noting(options: object = {}) {
  const handled: number[] = [];
  const definition = worker('billing', { from: Orders, ...options }, [
    on(OrderPlaced, ({ data: { number } }) => {
      handled.push(number);
    }),
  ]);
  return { handled, definition };
}

function failures(): FailEvent[] {
  const seen: FailEvent[] = [];
  const listen = (event: unknown) => seen.push(event as FailEvent);
  diagnostics.fail.subscribe(listen);
  open.push({ [Symbol.asyncDispose]: async () => void diagnostics.fail.unsubscribe(listen) });
  return seen;
}

describe('a worker', () => {
  it.each([{ max_batch: 10 }, { max_expires: 5e9 }])(
    'obeys the limits of its consumer: %o',
    async (jetstream) => {
      const server = await start();
      const publisher = await client(server.url);
      const { handled, definition } = noting({ jetstream });
      await publisher.start(definition);
      await publisher.publish(Array.from({ length: 300 }, (_, number) => order(number)));
      await until('all orders', () => handled.length === 300);
    },
  );

  it('fails, loudly, when it may not pull', async () => {
    const server = await start(`
      authorization { users [
        { user: free, password: x }
        { user: bound, password: x, permissions: { publish: { deny: "$JS.API.CONSUMER.MSG.NEXT.>" } } }
      ] }`);
    const seen = failures();
    await (await client(server.url, 'bound')).start(noting().definition);
    await until('the failure', () => seen.length === 1);
    expect(seen[0]).toMatchObject({
      worker: 'billing',
      error: {
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('$JS.API.CONSUMER.MSG.NEXT.ORDERS.billing'),
      },
    });
  });

  it('buries a message whose header name the client cannot read, and goes on', async () => {
    const server = await start();
    const publisher = await client(server.url);
    const { handled, definition } = noting();
    await publisher.start(definition);
    await sendRaw(server.port, 'orders.placed.bad', 'NATS/1.0\r\nfoo bar: x\r\n\r\n', '{}');
    await publisher.publish(order(1));
    await until('the order behind it', () => handled.length === 1);
  });

  it('keeps the order of a key although its connection breaks again and again', async () => {
    const server = await start();
    const proxy = await startProxy(server.port);
    const count = 4_000;
    const publisher = await client(server.url);
    await publisher.start(Orders);
    const ordered = Array.from({ length: count }, (_, number) =>
      OrderPlaced({ orderId: `key-${number % 8}`, number }),
    );
    await publisher.publish(ordered);
    const first = new Set<number>();
    const last = new Map<string, number>();
    let inversions = 0;
    const definition = worker('ordered', { from: Orders, ackWait: '1s', orderBy: 'orderId' }, [
      on(OrderPlaced, async ({ data: { orderId, number } }) => {
        if (!first.has(number) && number < (last.get(orderId) ?? -1)) inversions++;
        if (!first.has(number)) last.set(orderId, number);
        first.add(number);
        await new Promise(setImmediate);
      }),
    ]);
    await (await client(proxy.url)).start(definition);
    for (const share of [0.1, 0.3, 0.5, 0.7]) {
      await until(`${share} of the orders`, () => first.size > share * count);
      proxy.cut();
    }
    await until('all orders', () => first.size === count);
    expect(inversions).toBe(0);
  }, 60_000);
});

/** Publishes as a client that checks nothing. */
async function sendRaw(port: number, subject: string, headers: string, body: string) {
  const socket = dialTcp(port, '127.0.0.1');
  const size = headers.length + body.length;
  socket.write('CONNECT {"headers":true,"verbose":false}\r\n');
  socket.write(`HPUB ${subject} ${headers.length} ${size}\r\n${headers}${body}\r\nPING\r\n`);
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => data.includes('PONG') && resolve());
  });
  socket.destroy();
}

/** Stands between a client and its server, and can cut what goes through. */
async function startProxy(port: number): Promise<{ readonly url: string; cut(): void }> {
  const clients = new Set<Socket>();
  const proxy: TcpServer = createServer((client) => {
    const server = dialTcp(port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
    clients.add(client);
    client.on('close', () => clients.delete(client));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  open.push({
    [Symbol.asyncDispose]: async () => {
      cut();
      proxy.close();
    },
  });
  const { port: own } = proxy.address() as { port: number };
  return { url: `nats://127.0.0.1:${own}`, cut };
}
