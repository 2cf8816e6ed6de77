/** The same on both ways to the socket: frames of our own, and the NATS client's. */
import { type EncodedMessage, encodeMessage, event, msgpack } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import type { Msg, Subscription } from '@nats-io/nats-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { openFrames } from '../src/nats/frames.ts';
import { Publisher, type PublisherOptions } from '../src/nats/publisher.ts';
import { until } from './until.ts';

const Item = event('Item', {
  subject: 'items.{key}',
  schema: z.object({ key: z.string(), n: z.number(), text: z.string().optional() }),
});

function item(n: number, { key = `k-${n}`, text, headers }: Parts = {}): EncodedMessage {
  const message = Item({ key, n, ...(text !== undefined && { text }) }, headers && { headers });
  const context = { codec: msgpack, source: 'test', nowMs: Date.now() };
  return encodeMessage(message, context) as EncodedMessage;
}

interface Parts {
  readonly key?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe.each(['own', 'client'] as const)('publishing by frames of %s', (by) => {
  let server: Server;
  let connection: Connection;
  let other: Connection;
  let publisher: Publisher;
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);

  const begin = (options: Partial<PublisherOptions> = {}) => {
    const frames = openFrames(connection.nc, by);
    expect(frames.by).toBe(by);
    publisher = new Publisher(connection, {
      maxInFlight: 256,
      maxInFlightBytes: 8 * 1024 * 1024,
      publishTimeoutMs: 20_000,
      frames,
      ...options,
    });
  };
  /** What is stored, by position. */
  const stored = async (seq: number) => {
    const found = await other.jsm.streams.getMessage('ITEMS', { seq });
    return {
      subject: found?.subject,
      data: msgpack.decode(found?.data ?? new Uint8Array(0)),
      header: (name: string) => found?.header.get(name),
    };
  };
  const count = async () => (await other.jsm.streams.info('ITEMS')).state.messages;

  beforeAll(async () => {
    process.on('unhandledRejection', note);
    server = await startServer();
    other = await open({ servers: server.url });
  });
  afterAll(async () => {
    await other.nc.close();
    await server.stop();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
  beforeEach(async () => {
    await other.jsm.streams.add({ name: 'ITEMS', subjects: ['items.>'] });
    connection = await open({ servers: server.url });
  });
  afterEach(async () => {
    await publisher?.drain(0);
    await connection.nc.close();
    await until('the server', async () =>
      other.jsm.streams.delete('ITEMS').then(
        () => true,
        () => true,
      ),
    );
  });

  it('stores what was published: any subject, any header, any size', async () => {
    begin();
    const texts = [
      '',
      'plain',
      'größe 注文',
      'x'.repeat(40_000),
      'y'.repeat(200_000),
      'é'.repeat(70_000),
    ];
    const keys = ['plain', 'größe', '注文', '\u{1f600}'];
    const sent: EncodedMessage[] = [];
    for (const key of keys)
      for (const text of texts)
        sent.push(item(sent.length, { key, text, headers: { tenant: 'a b' } }));
    const odd = { ...item(99), headers: { 'Nats-Msg-Id': 'odd', note: 'größe 注文' } };
    const acks = await Promise.all([...sent, odd].map((message) => publisher.store(message)));
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => index + 1));
    for (const [index, { subject, payload, id }] of sent.entries()) {
      const found = await stored(index + 1);
      expect(found.subject).toBe(subject);
      expect(found.data).toEqual(msgpack.decode(payload));
      expect(found.header('Nats-Msg-Id')).toBe(id);
      expect(found.header('ce-correlationid')).toBe(id);
      expect(found.header('tenant')).toBe('a b');
    }
    expect((await stored(acks.length)).header('note')).toBe('größe 注文');
  });

  it('keeps the order of many, and what the client itself writes between them', async () => {
    begin({ maxInFlight: 5_000 });
    const all: Promise<{ readonly seq: number }>[] = [];
    for (let n = 0; n < 3_000; n++) all.push(publisher.store(item(n)));
    await connection.nc.flush();
    const acks = await Promise.all(all);
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => index + 1));
    expect(connection.nc.stats().outMsgs).toBeGreaterThanOrEqual(3_000);
    expect(connection.nc.stats().outBytes).toBeGreaterThan(3_000 * 300);
  });

  it('changes nothing of what a full socket has not taken yet', async () => {
    begin({ maxInFlight: 5_000, maxInFlightBytes: 64 * 1024 * 1024 });
    await publisher.store(item(0));
    await server.pause();
    const filler = 'x'.repeat(5_000);
    const storing = Array.from({ length: 3_000 }, (_, n) =>
      publisher.store(item(n + 1, { text: `${n} ${filler}` })),
    );
    // Each turn hands over what it wrote: long before the last the socket is full.
    await until('all to be written', () => connection.nc.stats().outMsgs > 3_000);
    await server.resume();
    const acks = await Promise.all(storing);
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map((_, index) => index + 2));
    for (const [n, { seq }] of acks.entries()) {
      if (n % 50 !== 0) continue;
      const { subject, data } = await stored(seq);
      expect(subject).toBe(`items.k-${n + 1}`);
      expect(data).toMatchObject({ n: n + 1, text: `${n} ${filler}` });
    }
    expect(await count()).toBe(3_001);
  });

  it('sends again under the same id when the connection breaks in the middle of a window', async () => {
    begin({ maxInFlight: 64 });
    let acked = 0;
    const sending = Array.from({ length: 3_000 }, (_, n) =>
      publisher.store(item(n)).then((ack) => {
        acked++;
        return ack;
      }),
    );
    for (const part of [300, 1_000, 2_000]) {
      await until('some acks', () => acked > part);
      await connection.nc.reconnect();
    }
    const acks = await Promise.all(sending);
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(3_000);
    expect(await count()).toBe(3_000);
  });

  it('stores once what the broker was killed over', async () => {
    begin({ maxInFlight: 128, publishTimeoutMs: 60_000 });
    let acked = 0;
    const sending = Array.from({ length: 2_000 }, (_, n) =>
      publisher.store(item(n)).then((ack) => {
        acked++;
        return ack;
      }),
    );
    await until('some acks', () => acked > 200);
    await server.kill();
    await server.restart();
    const acks = await Promise.all(sending);
    expect(new Set(acks.map(({ seq }) => seq)).size).toBe(2_000);
    await until('the other connection', async () => (await count().catch(() => 0)) === 2_000);
  });

  it('says what no stream stores, what is full, what is too large, and what is no subject', async () => {
    begin();
    const stray = { ...item(1), subject: 'nowhere.x' };
    await expect(publisher.store(stray)).rejects.toMatchObject({ code: 'NO_STREAM' });
    await other.jsm.streams.update('ITEMS', { max_msgs: 1, discard: 'new' as never });
    await publisher.store(item(1));
    await expect(publisher.store(item(2))).rejects.toMatchObject({ code: 'STREAM_FULL' });
    const large = { ...item(3), payload: new Uint8Array(connection.maxPayload) };
    await expect(publisher.store(large)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    for (const subject of ['a b', 'a\r\nPUB items.x 0\r\n', '']) {
      const crooked = publisher.store({ ...item(4), subject });
      await expect(crooked).rejects.toMatchObject({ code: 'SUBJECT_INVALID' });
    }
    expect(publisher.state).toMatchObject({ inFlight: 0, waiting: 0 });
  });

  describe('when the server answers as it pleases', () => {
    const asked: Msg[] = [];
    let answer: (msg: Msg, times: number) => void;
    let answering: Subscription;

    beforeEach(async () => {
      asked.length = 0;
      await other.jsm.streams.delete('ITEMS');
      answering = other.nc.subscribe('items.>', {
        callback: (_, msg) => {
          asked.push(msg);
          answer(msg, asked.filter(({ subject }) => subject === msg.subject).length);
        },
      });
      await other.nc.flush();
    });
    afterEach(() => answering.unsubscribe());

    const error = (code: number, err_code: number) =>
      JSON.stringify({ error: { code, err_code, description: 'as it pleases' } });
    const STORED = '{"stream":"ITEMS","seq":7}';

    it.each([10_158, 10_164])('tries again after %i, and under the same id', async (code) => {
      answer = (msg, times) => void msg.respond(times < 3 ? error(400, code) : STORED);
      begin();
      expect(await publisher.store(item(1))).toEqual({ stream: 'ITEMS', seq: 7, duplicate: false });
      expect(asked).toHaveLength(3);
      expect(new Set(asked.map(({ headers }) => headers?.get('Nats-Msg-Id'))).size).toBe(1);
      expect(new Set(asked.map(({ reply }) => reply)).size).toBe(1);
    });

    it.each([true, false])(
      'holds later messages of a subject back while one is tried again: %s',
      async (ordered) => {
        const seen: string[] = [];
        answer = (msg, times) => {
          const n = (msgpack.decode(msg.data) as { n: number }).n;
          if (n === 1 && times < 3) return void msg.respond(error(400, 10_164));
          seen.push(`${msg.subject} ${n}`);
          msg.respond(STORED);
        };
        begin({ ordered });
        const sending = [1, 2, 3].map((n) => publisher.store(item(n, { key: 'a' })));
        sending.push(publisher.store(item(4, { key: 'b' })));
        await until('what need not wait', () => seen.includes('items.b 4'));
        expect(seen).toHaveLength(ordered ? 1 : 3);
        await Promise.all(sending);
        const ofA = seen.filter((each) => each.startsWith('items.a'));
        const order = ordered ? [1, 2, 3] : [2, 3, 1];
        expect(ofA).toEqual(order.map((n) => `items.a ${n}`));
      },
    );

    it('sends again when no ack comes, takes a duplicate for success, and no notice of what comes late', async () => {
      answer = (msg, times) => {
        if (times === 2) for (let copies = 0; copies < 3; copies++) msg.respond(DUPLICATE);
      };
      const DUPLICATE = '{"stream":"ITEMS","seq":7,"duplicate":true}';
      begin();
      expect(await publisher.store(item(1))).toEqual({ stream: 'ITEMS', seq: 7, duplicate: true });
      // The place is taken by another message now, whose ack this is not.
      answer = (msg) => {
        (asked[0] as Msg).respond(STORED);
        msg.respond('{"stream":"ITEMS","seq":8}');
      };
      expect((await publisher.store(item(2))).seq).toBe(8);
    });

    it('says what came instead of an ack when nothing better comes', async () => {
      answer = (msg) => void msg.respond('+OK');
      begin({ publishTimeoutMs: 300 });
      await expect(publisher.store(item(1))).rejects.toMatchObject({
        code: 'PUBLISH_TIMEOUT',
        retryable: true,
        message: expect.stringContaining('another subscriber of this subject: +OK'),
      });
    });

    it('refuses at a close what a full window and its queue hold, each once', async () => {
      answer = () => {};
      begin({ maxInFlight: 8 });
      const sending = Array.from({ length: 50 }, (_, n) => publisher.store(item(n)));
      const ends = Promise.allSettled(sending);
      await until('a full window', () => asked.length === 8);
      expect(publisher.state).toMatchObject({ inFlight: 8, waiting: 42, window: 8, frames: by });
      await publisher.drain(50);
      for (const end of await ends)
        expect(end).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
      await expect(publisher.store(item(99))).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('does not count the time that this process stood still', async () => {
      begin({ publishTimeoutMs: 900 });
      answer = (msg) => void msg.respond(STORED);
      await publisher.store(item(0));
      const publishing = publisher.store(item(1));
      await new Promise((resolve) => setImmediate(resolve));
      const endMs = performance.now() + 1_500;
      while (performance.now() < endMs);
      expect((await publishing).seq).toBe(7);
    });

    it('widens an adaptive window while it is in use', async () => {
      answer = (msg) => void setTimeout(() => msg.respond(STORED), 5);
      begin({ maxInFlight: { favor: 'throughput', min: 2, max: 64 } });
      expect(publisher.state.window).toBe(2);
      let n = 0;
      await until('a wider window', async () => {
        await Promise.all(Array.from({ length: 50 }, () => publisher.store(item(n++))));
        return publisher.state.window > 8;
      });
      expect(publisher.state.ackMs).toBeGreaterThan(1);
    });
  });

  it('notices a connection that is closed, or about to be', async () => {
    begin();
    await publisher.store(item(1));
    const closing = connection.nc.close();
    await expect(publisher.store(item(2))).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await closing;
  });
});

it('writes its own frames with the NATS client that is installed', async () => {
  await using server = await startServer();
  const client = await connect({ servers: server.url });
  expect(client.publishing).toEqual({
    inFlight: 0,
    waiting: 0,
    window: 256,
    ackMs: undefined,
    frames: 'own',
  });
  await client.close();
});

it('leaves the frames to a NATS client that is another inside', async () => {
  await using server = await startServer();
  const { nc } = await open({ servers: server.url });
  const inside = (nc as unknown as { protocol: object }).protocol as Record<string, unknown>;
  const changed = (change: PropertyDescriptorMap) =>
    openFrames(Object.create(nc, { protocol: { value: Object.create(inside, change) } })).by;
  expect(changed({})).toBe('own');
  const { socket } = inside.transport as { socket: object };
  expect(changed({ transport: { value: { version: '3.5.0', socket } } })).toBe('client');
  expect(changed({ transport: { value: { version: '3.4.0' } } })).toBe('client');
  expect(changed({ flushPending: { value: undefined } })).toBe('client');
  expect(changed({ options: { value: { debug: true } } })).toBe('client');
  await nc.close();
});
