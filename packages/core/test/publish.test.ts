import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { diagnostics, type PublishEvent } from '../src/diagnostics.ts';
import { open } from '../src/nats/connection.ts';
import { OrderPlaced, Orders, order } from './orders.ts';
import { until } from './until.ts';

const Text = z.object({ text: z.string() });

describe('publish', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await startServer({
      config: `
        authorization { users [
          { user: all, password: x }
          { user: reader, password: x, permissions: { publish: { deny: "orders.>" } } }
        ] }`,
    });
    client = await connect({ servers: server.url, auth: { user: 'all', password: 'x' } });
    await client.start(Orders);
  });

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  it('resolves with stream and position once stored', async () => {
    const first = await client.publish(order(1));
    const second = await client.publish(order(2));
    expect(first).toEqual({ stream: 'ORDERS', seq: expect.any(Number), duplicate: false });
    expect(second.seq).toBe(first.seq + 1);
  });

  it('stores an id once and says so', async () => {
    const message = OrderPlaced({ orderId: 'once', number: 1 }, { id: 'order-once' });
    const first = await client.publish(message);
    expect(await client.publish(message)).toEqual({ ...first, duplicate: true });
  });

  it('sends the CloudEvents headers that any client can read', async () => {
    const { seq } = await client.publish(
      OrderPlaced({ orderId: 'ce', number: 1 }, { id: 'ce-1', headers: { tenant: 'acme' } }),
    );
    const connection = await open({ servers: server.url, auth: { user: 'all', password: 'x' } });
    const stored = await connection.jsm.streams.getMessage('ORDERS', { seq });
    const header = (name: string) => stored?.header.get(name);
    expect(header('Nats-Msg-Id')).toBe('ce-1');
    expect(header('ce-id')).toBe('ce-1');
    expect(header('ce-specversion')).toBe('1.0');
    expect(header('ce-type')).toBe('OrderPlaced');
    expect(header('ce-dataschema')).toBe('jetlane:OrderPlaced/1');
    expect(header('ce-datacontenttype')).toBe('application/msgpack');
    expect(header('tenant')).toBe('acme');
    await connection.nc.close();
  });

  it('says which subject no stream stores', async () => {
    const Stray = event('Stray', { subject: 'stray.thing', schema: Text });
    await expect(client.publish(Stray({ text: 'x' }))).rejects.toMatchObject({
      code: 'NO_STREAM',
      message: expect.stringContaining('stray.thing'),
    });
  });

  it('says that a stream is full', async () => {
    const Note = event('Note', { subject: 'notes.one', schema: Text });
    const options = {
      subjects: ['notes.>'],
      messages: [Note],
      maxMsgs: 2,
      discard: 'new',
    } as const;
    await client.start(stream('NOTES', options));
    await client.publish([Note({ text: '1' }), Note({ text: '2' })]);
    await expect(client.publish(Note({ text: '3' }))).rejects.toMatchObject({
      code: 'STREAM_FULL',
    });
  });

  it('refuses what is too large, before sending and by the limit of the stream', async () => {
    const Blob = event('Blob', { subject: 'blobs.one', schema: Text });
    const options = { subjects: ['blobs.>'], messages: [Blob], maxMsgSize: '1KiB' } as const;
    await client.start(stream('BLOBS', options));
    const tooLarge = { code: 'MESSAGE_TOO_LARGE' };
    await expect(client.publish(Blob({ text: 'x'.repeat(2_000) }))).rejects.toMatchObject(tooLarge);
    await expect(client.publish(Blob({ text: 'x'.repeat(2_000_000) }))).rejects.toMatchObject(
      tooLarge,
    );
  });

  it('sends nothing when one of many messages breaks its schema', async () => {
    const connection = await open({ servers: server.url, auth: { user: 'all', password: 'x' } });
    const count = async () => (await connection.jsm.streams.info('ORDERS')).state.messages;
    const before = await count();
    const broken = OrderPlaced({ orderId: 'bad', number: 'one' as unknown as number });
    await expect(client.publish([order(50), broken])).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await expect(client.publish(OrderPlaced({ orderId: 'a.b', number: 1 }))).rejects.toMatchObject({
      code: 'SUBJECT_INVALID',
    });
    expect(await count()).toBe(before);
    await connection.nc.close();
  });

  it('says when credentials do not allow the subject', async () => {
    const reader = await connect({ servers: server.url, auth: { user: 'reader', password: 'x' } });
    await expect(reader.publish(order(1))).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await reader.close();
  });

  it('keeps a small window full without losing or reordering', async () => {
    const narrow = await connect({
      servers: server.url,
      auth: { user: 'all', password: 'x' },
      maxInFlight: 3,
      maxInFlightBytes: '1KiB',
    });
    const acks = await narrow.publish(
      Array.from({ length: 500 }, (_, number) => order(1_000 + number)),
    );
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => (acks[0]?.seq ?? 0) + index));
    await narrow.close();
  });

  it('gives up at the deadline when the broker is silent, and the same message is safe to publish again', async () => {
    const impatient = await connect({
      servers: server.url,
      auth: { user: 'all', password: 'x' },
      publishTimeout: '300ms',
    });
    await impatient.publish(order(2_000));
    await server.pause();
    const message = OrderPlaced({ orderId: 'silent', number: 1 }, { id: 'silent-1' });
    const failed = expect(impatient.publish(message)).rejects.toMatchObject({
      code: 'PUBLISH_TIMEOUT',
      retryable: true,
    });
    await failed;
    await server.resume();
    await until('the server to answer', async () =>
      impatient.publish(message).then(
        ({ seq }) => seq > 0,
        () => false,
      ),
    );
    const connection = await open({ servers: server.url, auth: { user: 'all', password: 'x' } });
    const { state } = await connection.jsm.streams.info('ORDERS', {
      subjects_filter: 'orders.placed.silent',
    });
    expect(state.subjects?.['orders.placed.silent']).toBe(1);
    await connection.nc.close();
    await impatient.close();
  });

  it('tells diagnostics about each message', async () => {
    const events: PublishEvent[] = [];
    const listen = (event: unknown) => events.push(event as PublishEvent);
    diagnostics.publish.subscribe(listen);
    const message = order(3_000);
    await client.publish(message);
    diagnostics.publish.unsubscribe(listen);
    expect(events).toContainEqual(
      expect.objectContaining({
        id: message.id,
        subject: 'orders.placed.o-3000',
        stream: 'ORDERS',
        duplicate: false,
      }),
    );
  });
});

describe('publish while the broker is killed', () => {
  it('stores everything acknowledged exactly once', async () => {
    await using server = await startServer();
    const client = await connect({ servers: server.url, publishTimeout: '60s' });
    await client.start(Orders);
    const acked = new Map<string, number>();
    const sending: Promise<unknown>[] = [];
    const send = (number: number) => {
      const message = order(number);
      sending.push(client.publish(message).then(({ seq }) => acked.set(message.id, seq)));
    };
    let number = 0;
    for (let kills = 0; kills < 3; kills++) {
      for (let burst = 0; burst < 2_000; burst++) send(number++);
      await until('some acks', () => acked.size > number - 2_000);
      await server.kill();
      for (let burst = 0; burst < 500; burst++) send(number++);
      await server.restart();
    }
    await Promise.all(sending);
    expect(acked.size).toBe(number);
    expect(new Set(acked.values()).size).toBe(number);
    const connection = await open({ servers: server.url });
    const { state } = await connection.jsm.streams.info('ORDERS');
    expect(state.messages).toBe(number);
    await connection.nc.close();
    await client.close();
  });
});
