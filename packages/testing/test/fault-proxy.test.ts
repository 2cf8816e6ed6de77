import { once } from 'node:events';
import { createServer, connect as dial, type Socket, type Server as TcpServer } from 'node:net';
import { type Client, connect } from '@jetlane/core';
import { startServer } from '@jetlane/devserver';
import { type FaultProxy, holds, startFaultProxy, until } from '@jetlane/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { items } from '../src/send.ts';
import { topic } from '../src/topic.ts';

describe('a fault proxy before any server', () => {
  /** Answers every byte with the same byte, and closes what is closed. */
  let echo: TcpServer;
  let proxy: FaultProxy;
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    echo = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const { port } = echo.address() as { port: number };
    proxy = await startFaultProxy({ target: `127.0.0.1:${port}`, bufferMaxBytes: 100_000 });
  });

  afterEach(async () => {
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    echo.close();
  });

  it('passes everything on while nothing is wrong', async () => {
    const client = await open();
    const sent = Buffer.alloc(3_000_000, 'abc');
    client.socket.end(sent);
    await until(() => client.closed, 10_000, 'the end');
    expect(client.received().equals(sent)).toBe(true);
    expect(proxy.counts).toMatchObject({
      connections: 1,
      bytesToServer: sent.length,
      bytesToClient: sent.length,
      delayedChunks: 0,
      unreadable: 1, // echoes are no NATS protocol
    });
    await until(() => proxy.open === 0, 5_000, 'both sides closed');
  });

  it('delays, in order, in the direction that was asked for', async () => {
    proxy.delay({ delayMs: 20, jitterMs: 30, direction: 'toClient' });
    const client = await open();
    const beganMs = performance.now();
    for (let n = 0; n < 50; n++) client.socket.write(`${n};`);
    await until(() => client.text().endsWith('49;'), 10_000, 'all echoes');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(19);
    expect(client.text()).toBe(Array.from({ length: 50 }, (_, n) => `${n};`).join(''));
    expect(proxy.counts.delayedChunks).toBeGreaterThan(0);
  });

  it('throttles', async () => {
    proxy.throttle({ bytesPerSecond: 100_000, direction: 'toServer' });
    const client = await open();
    const beganMs = performance.now();
    client.socket.write(Buffer.alloc(30_000));
    await until(() => client.received().length === 30_000, 10_000, 'all bytes');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(290);
  });

  it('keeps a half-open connection, forwards nothing within a bound, and goes on when it heals', async () => {
    const client = await open();
    proxy.halfOpen();
    client.socket.write(Buffer.alloc(20_000_000, 'x'));
    await until(() => proxy.counts.heldBytes >= 100_000, 5_000, 'held bytes');
    await holds(() => client.received().length === 0 && !client.closed, 100, 'silence');
    expect(proxy.counts.heldBytes).toBeLessThan(100_000 + 2 * 65_536);
    expect(proxy.open).toBe(1);
    proxy.heal();
    await until(() => client.received().length === 20_000_000, 20_000, 'all bytes');
  });

  it('does not tell a half-open side that the other has gone', async () => {
    const client = await open();
    client.socket.write('x');
    await until(() => client.text() === 'x', 5_000, 'the echo');
    proxy.halfOpen();
    for (const socket of sockets) socket.destroy();
    await holds(() => !client.closed, 100, 'still open');
    proxy.heal();
    await until(() => client.closed, 5_000, 'the news');
  });

  it.each(['reset', 'cut'] as const)('ends what is open: %s', async (how) => {
    const client = await open();
    client.socket.write('x');
    await until(() => client.text() === 'x', 5_000, 'the echo');
    expect(proxy[how]()).toBe(1);
    await until(() => client.closed, 5_000, 'the end');
    expect(client.error).toBe(how === 'reset' ? 'ECONNRESET' : undefined);
    expect(proxy.counts).toMatchObject({ resets: +(how === 'reset'), cuts: +(how === 'cut') });
    expect((await open()).closed).toBe(false);
  });

  it('refuses new connections, keeps the old ones, and takes new ones when it heals', async () => {
    const old = await open();
    proxy.refuse();
    const refused = await open();
    await until(() => refused.closed, 5_000, 'the refusal');
    old.socket.write('x');
    await until(() => old.text() === 'x', 5_000, 'the echo of the old one');
    expect(proxy.counts).toMatchObject({ connections: 1, refused: 1 });
    proxy.heal();
    const next = await open();
    next.socket.write('y');
    await until(() => next.text() === 'y', 5_000, 'the echo of a new one');
  });

  it('closes the client when the server is not there', async () => {
    echo.close();
    const client = await open();
    await until(() => client.closed, 5_000, 'the end');
  });

  it('lists everything that is wrong with its options', async () => {
    await expect(startFaultProxy({ target: 'here', port: -1, bufferMaxBytes: 0 })).rejects.toThrow(
      /target must be .*; port must be .*; bufferMaxBytes must be/,
    );
    expect(() => proxy.dropAcks({ every: 0, probability: 2 })).toThrow(
      /dropAcks: every must be .*; probability must be/,
    );
    expect(() => proxy.delay({ delayMs: -1 })).toThrow('delayMs');
    expect(() => proxy.throttle({ bytesPerSecond: 0 })).toThrow('bytesPerSecond');
    const [every, speed, way] = [
      { evry: 2 },
      { bytesPerSecond: 9, way: 1 },
      { way: 1 },
    ] as object[];
    expect(() => proxy.dropAcks(every)).toThrow('evry is no option: options are every');
    expect(() => proxy.throttle(speed as never)).toThrow('way is no option');
    expect(() => proxy.halfOpen(way)).toThrow('way is no option');
  });

  async function open() {
    const socket = dial(Number(new URL(proxy.url).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    const client = {
      socket,
      closed: false,
      error: undefined as string | undefined,
      received: () => Buffer.concat(chunks),
      text: () => Buffer.concat(chunks).toString(),
    };
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      client.error = code;
    });
    socket.on('close', () => {
      client.closed = true;
    });
    await once(socket, 'connect').catch(() => {}); // a refusal may come first
    return client;
  }
});

describe('a fault proxy before a nats-server', () => {
  const orders = topic();

  it('drops the first ack of each message: the retry is answered, nothing is stored twice', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server.url });
    await using client = await connect({ servers: proxy.url });
    await client.start(orders.Stream);
    proxy.dropAcks({ copies: 'first', every: 2, stream: orders.Stream.name });
    const acks = await publish(client, 20);
    expect(proxy.counts.droppedAcks).toBe(10);
    expect(proxy.counts.acks).toBe(30);
    expect(acks.filter(({ duplicate }) => duplicate).length).toBe(10);
    expect(Math.max(...acks.map(({ seq }) => seq))).toBe(20);
  }, 20_000);

  it('is survived by a client whose connection is reset, delayed and half open', async () => {
    await using server = await startServer();
    await using proxy = await startFaultProxy({ target: server.url });
    await using client = await connect({ servers: proxy.url, publishTimeout: '30s' });
    await client.start(orders.Stream);
    proxy.delay({ delayMs: 5, jitterMs: 5 });
    const publishing = publish(client, 500);
    await until(() => proxy.counts.delayedChunks > 5, 5_000, 'delays');
    proxy.halfOpen({ direction: 'toClient' });
    await until(() => proxy.counts.heldBytes > 0, 5_000, 'held acks');
    proxy.reset();
    proxy.heal();
    const acks = await publishing;
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(500);
    expect(proxy.counts.connections).toBe(2);
  }, 40_000);

  function publish(client: Client, count: number) {
    return client.publish(items(orders, count));
  }
});
