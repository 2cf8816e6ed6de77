import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type BulkReport, bulkReport } from '../src/bulk/bulk-report.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { until } from './until.ts';

let server: Server;
let client: Client;
let admin: Connection;
let streams = 0;

beforeAll(async () => {
  server = await startServer({
    config: `
      authorization { users [
        { user: all, password: x }
        { user: blind, password: x, permissions: { publish: { deny: "$JS.API.STREAM.>" } } }
        { user: mute, password: x, permissions: { publish: { deny: "*.never.>" } } }
      ] }`,
  });
  client = await connect({ servers: server.url, auth: { user: 'all', password: 'x' } });
  admin = await open({ servers: server.url, auth: { user: 'all', password: 'x' } });
});

afterAll(async () => {
  await client.close();
  await admin.nc.close();
  await server.stop();
});

/** A stream of its own for each test. */
async function begin(settings: Record<string, unknown> = {}) {
  const name = `bulk${++streams}`;
  const schema = z.object({ n: z.number(), text: z.string().optional() });
  const Row = event(`Row${name}`, { subject: `${name}.row.{n}`, schema });
  const Never = event(`Never${name}`, { subject: `${name}.never.{n}`, schema });
  const Rows = stream(name.toUpperCase(), {
    subjects: [`${name}.>`],
    messages: [Row, Never],
    ...settings,
  });
  await client.start(Rows);
  const rows = (count: number, text?: string) =>
    Array.from({ length: count }, (_, n) => Row({ n, text }, { id: `${name}-${n}` }));
  const state = async () => (await admin.jsm.streams.info(Rows.name)).state;
  const inOrder = () => storedNumbers(Rows.name);
  return { name, Row, Never, Rows, rows, state, inOrder };
}

/** The numbers in the subjects of all that a stream holds, in its order. */
async function storedNumbers(name: string): Promise<number[]> {
  const consumer = await admin.js.consumers.get(name);
  const { messages } = (await admin.jsm.streams.info(name)).state;
  const found: number[] = [];
  if (messages === 0) return found;
  for await (const { subject } of await consumer.consume()) {
    found.push(Number(subject.split('.').at(-1)));
    if (found.length === messages) break;
  }
  return found;
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** What a load rejects with. */
async function failure(load: Promise<unknown>) {
  const error = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code } = error as { code: string };
  return { code, error: error as Error, report: bulkReport(error) as BulkReport };
}

describe('publishAll', () => {
  it('stores all of a source in its order, by fast ingest, and says why', async () => {
    const { rows, inOrder } = await begin();
    const report = await client.publishAll(rows(2_500));
    expect(report).toMatchObject({
      mode: 'ingest',
      why: expect.stringContaining('takes fast ingest'),
      read: 2_500,
      stored: 2_500,
      duplicates: 0,
      republished: 0,
      firstSeq: 1,
      lastSeq: 2_500,
    });
    expect(report.bytes).toBeGreaterThan(2_500);
    expect(await inOrder()).toEqual(upTo(2_500));
  });

  it.each(['plain', 'atomic', 'ingest'] as const)(
    'stores in mode %s, and counts what was there before',
    async (mode) => {
      const { rows, state } = await begin();
      const all = rows(2_100);
      const some = await client.publishAll(all.slice(0, 1_000), { mode });
      expect(some).toMatchObject({ mode, stored: 1_000, duplicates: 0 });
      if (mode !== 'atomic') {
        const rest = await client.publishAll(all, { mode });
        expect(rest).toMatchObject({ stored: 1_100, duplicates: 1_000, lastSeq: 2_100 });
      }
      const again = await client.publishAll(all.slice(0, 1_000), { mode });
      expect(again).toMatchObject({ stored: 0, duplicates: 1_000 });
      expect((await state()).messages).toBe(mode === 'atomic' ? 1_000 : 2_100);
    },
  );

  it('takes an empty source, and one that is asynchronous', async () => {
    const { rows } = await begin();
    expect(await client.publishAll([])).toMatchObject({ read: 0, stored: 0 });
    async function* later() {
      for (const row of rows(700)) yield await Promise.resolve(row);
    }
    expect(await client.publishAll(later())).toMatchObject({ mode: 'ingest', stored: 700 });
  });

  it('goes on one by one where the stream does not allow fast ingest, or no longer', async () => {
    const off = await begin({ jetstream: { allow_batched: false } });
    expect(await client.publishAll(off.rows(10))).toMatchObject({
      mode: 'plain',
      why: expect.stringContaining('allow_batched is off'),
      stored: 10,
    });
    const { code, error } = await failure(client.publishAll(off.rows(10), { mode: 'ingest' }));
    expect(code).toBe('TOPOLOGY_CONFLICT');
    expect(error.message).toContain('allow_batched');

    const { rows, inOrder, Rows } = await begin();
    let told = '';
    async function* source() {
      for (const row of rows(1_500)) {
        if (row.id.endsWith('-700'))
          await admin.jsm.streams.update(Rows.name, { allow_batched: false } as object);
        yield row;
      }
    }
    const report = await client.publishAll(source(), {
      onProgress: ({ why }) => {
        told = why;
      },
    });
    expect(report).toMatchObject({ read: 1_500 });
    expect(report.stored + report.duplicates).toBe(1_500);
    expect(told).toContain('one by one, because the stream does not allow it');
    expect(await inOrder()).toEqual(upTo(1_500));
  });

  it('publishes one by one what other streams store, and what is due later', async () => {
    const one = await begin();
    const two = await begin();
    const later = one.Row({ n: 100 }, { delay: '1h' });
    const mixed = [...one.rows(3), ...two.rows(2), later];
    const report = await client.publishAll(mixed);
    expect(report).toMatchObject({ mode: 'ingest', stored: 6, stream: one.Rows.name });
    expect(report.why).toContain('went one by one');
    expect((await two.state()).messages).toBe(2);
    expect(await client.cancel(later)).toBe(true);
    const { code } = await failure(
      client.publishAll([...one.rows(3), ...two.rows(2)], { mode: 'ingest' }),
    );
    expect(code).toBe('CONFIG_INVALID');
  });

  it('confirms the last messages of a source that pauses', async () => {
    const { rows } = await begin();
    let confirmed = 0;
    let goOn: () => void = () => {};
    const pause = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* source() {
      yield* rows(40);
      await pause;
      yield* rows(41).slice(40);
    }
    const load = client.publishAll(source(), {
      onProgress: ({ stored }) => {
        confirmed = stored;
      },
    });
    await until('40 confirmed while the source pauses', () => confirmed === 40);
    goOn();
    expect(await load).toMatchObject({ stored: 41, duplicates: 0, republished: 0 });
  });

  it('needs no ack for messages that fill the bytes under way', async () => {
    const small = await connect({
      servers: server.url,
      auth: { user: 'all', password: 'x' },
      maxInFlightBytes: '256KiB',
    });
    const { rows, inOrder } = await begin();
    const sizes = [...rows(100), ...rows(160, 'x'.repeat(40_000)).slice(100)];
    expect(await small.publishAll(sizes)).toMatchObject({ stored: 160, republished: 0 });
    expect(await inOrder()).toEqual(upTo(160));
    await small.close();
  });

  it('ends with what the source throws, and says how far it came', async () => {
    const { rows, state } = await begin();
    const broken = new Error('disk gone');
    function* source() {
      yield* rows(700);
      throw broken;
    }
    const { code, error, report } = await failure(client.publishAll(source()));
    expect(code).toBe('SOURCE_FAILED');
    expect(error.cause).toBe(broken);
    expect(report).toMatchObject({ read: 700, stored: 700 });
    expect((await state()).messages).toBe(700);
  });

  it('leaves the source at a message that breaks its schema', async () => {
    const { rows, Row, inOrder } = await begin();
    let left = false;
    function* source() {
      try {
        yield* rows(5);
        yield Row({ n: 'five' as unknown as number });
        yield* rows(10);
      } finally {
        left = true;
      }
    }
    const { code, report } = await failure(client.publishAll(source()));
    expect(code).toBe('VALIDATION_FAILED');
    expect(report).toMatchObject({ read: 6, stored: 5 });
    expect(left).toBe(true);
    expect(await inOrder()).toEqual(upTo(5));
  });

  it.each(['plain', 'ingest'] as const)(
    'ends in mode %s with a message that the stream refuses',
    async (mode) => {
      const { rows, Row, inOrder } = await begin({ maxMsgSize: '2KiB' });
      const large = Row({ n: 900, text: 'x'.repeat(3_000) });
      const all = [...rows(900), large, ...rows(3_000).slice(901)];
      const { code, report } = await failure(client.publishAll(all, { mode }));
      expect(code).toBe('MESSAGE_TOO_LARGE');
      expect(report.stored).toBeGreaterThanOrEqual(900);
      const found = await inOrder();
      expect(found).toHaveLength(report.stored);
      if (mode === 'ingest') expect(found).toEqual(upTo(900));
    },
  );

  it('says that the first message was refused', async () => {
    const { Row, rows } = await begin({ maxMsgSize: '2KiB' });
    const large = Row({ n: 900, text: 'x'.repeat(3_000) });
    const { code, report } = await failure(
      client.publishAll([large, ...rows(3)], { mode: 'ingest' }),
    );
    expect(code).toBe('MESSAGE_TOO_LARGE');
    expect(report).toMatchObject({ stored: 0 });
  });

  it('ends when the stream is full, with exactly what it holds', async () => {
    const { rows, inOrder } = await begin({ maxMsgs: 1_200, discard: 'new' });
    const { code, report } = await failure(client.publishAll(rows(5_000)));
    expect(code).toBe('STREAM_FULL');
    expect(report).toMatchObject({ mode: 'ingest', stored: 1_200 });
    expect(await inOrder()).toEqual(upTo(1_200));
  });

  it('awaits what is on its way when it is aborted, and leaves the source', async () => {
    const { rows, state } = await begin();
    const controller = new AbortController();
    let left = false;
    function* source() {
      try {
        for (const [n, row] of rows(100_000).entries()) {
          if (n === 5_000) controller.abort('enough');
          yield row;
        }
      } finally {
        left = true;
      }
    }
    const { signal } = controller;
    const { code, error, report } = await failure(client.publishAll(source(), { signal }));
    expect(code).toBe('ABORTED');
    expect(error.cause).toBe('enough');
    expect(left).toBe(true);
    expect(report.stored).toBe(report.read);
    expect(report.read).toBe(5_001);
    expect((await state()).messages).toBe(report.stored);
    expect((await failure(client.publishAll(rows(3), { signal }))).code).toBe('ABORTED');
  });

  it('leaves a source that gives nothing when it is aborted', async () => {
    const { rows } = await begin();
    const controller = new AbortController();
    async function* source() {
      yield* rows(3);
      await new Promise(() => {});
    }
    const load = failure(
      client.publishAll(source(), {
        signal: controller.signal,
        onProgress: ({ stored }) => stored === 3 && controller.abort(),
      }),
    );
    expect(await load).toMatchObject({ code: 'ABORTED', report: { stored: 3 } });
  });

  it('ends when the client closes, with what is stored', async () => {
    const { rows, state } = await begin();
    const own = await connect({ servers: server.url, auth: { user: 'all', password: 'x' } });
    async function* source() {
      for (;;) yield* rows(100);
    }
    let isStored = false;
    const load = failure(
      own.publishAll(source(), {
        onProgress: () => {
          isStored = true;
        },
      }),
    );
    await until('some are stored', () => isStored);
    await own.close();
    const { code, report } = await load;
    expect(code).toBe('CLOSED');
    expect(report.stored).toBe((await state()).messages);
    expect((await failure(own.publishAll([]))).code).toBe('CLOSED');
  });

  it('reads no further than what may be on its way while the server stands still', async () => {
    const { rows, inOrder } = await begin();
    let read = 0;
    let goOn: () => void = () => {};
    const frozen = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    async function* source() {
      for (const row of rows(20_000)) {
        if (++read === 2) await frozen;
        yield row;
      }
    }
    const load = client.publishAll(source());
    await until('the first is read', () => read === 2);
    await server.pause();
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ahead = read;
    await server.resume();
    expect(ahead).toBeLessThan(2_000);
    expect(await load).toMatchObject({ stored: 20_000 });
    expect(await inOrder()).toEqual(upTo(20_000));
  });

  it('says where credentials do not allow a subject, and does without the JetStream API', async () => {
    const { rows, Never, name } = await begin();
    const options = { servers: server.url };
    const mute = await connect({ ...options, auth: { user: 'mute', password: 'x' } });
    const denied = [...rows(3), Never({ n: 1 })];
    expect(name).toMatch(/^bulk/);
    const { code, report } = await failure(mute.publishAll(denied, { mode: 'ingest' }));
    expect(code).toBe('PERMISSION_DENIED');
    expect(report.stored).toBeLessThanOrEqual(3);
    const blind = await connect({ ...options, auth: { user: 'blind', password: 'x' } });
    expect(await blind.publishAll(rows(6))).toMatchObject({
      mode: 'plain',
      why: expect.stringContaining('could not be looked up'),
    });
    expect((await failure(blind.publishAll(rows(6), { mode: 'ingest' }))).code).toBe(
      'PERMISSION_DENIED',
    );
    await mute.close();
    await blind.close();
  });

  it('says that no stream stores the subject', async () => {
    const Stray = event('Stray', { subject: 'stray.{n}', schema: z.object({ n: z.number() }) });
    for (const mode of ['auto', 'plain', 'atomic', 'ingest'] as const)
      expect((await failure(client.publishAll([Stray({ n: 1 })], { mode }))).code).toBe(
        'NO_STREAM',
      );
  });

  it('lists everything that is wrong with its options', async () => {
    const options = {
      mode: 'fast',
      batchSize: 0,
      onGap: 'skip',
      signal: 1,
      onProgress: 'log',
      extra: 1,
    };
    const { code, error } = await failure(client.publishAll('text' as never, options as never));
    expect(code).toBe('CONFIG_INVALID');
    for (const name of ['iterated', 'mode', 'batchSize', 'onGap', 'signal', 'onProgress', 'extra'])
      expect(error.message).toContain(name);
  });
});

describe('publish with atomic: true', () => {
  it('stores all of one stream at positions in a row', async () => {
    const { rows } = await begin();
    const acks = await client.publish(rows(1_000), { atomic: true });
    expect(acks.map(({ seq }) => seq)).toEqual(upTo(1_000).map((n) => n + 1));
    expect(acks.every(({ duplicate }) => !duplicate)).toBe(true);
    expect(await client.publish([], { atomic: true })).toEqual([]);
  });

  it('takes the same again as duplicates, and stores nothing where some ids are known', async () => {
    const { rows, state } = await begin();
    const acks = await client.publish(rows(5), { atomic: true });
    const again = await client.publish(rows(5), { atomic: true });
    expect(again).toEqual(acks.map((ack) => ({ ...ack, duplicate: true })));
    await expect(client.publish(rows(7), { atomic: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('5 of the 7 ids'),
    });
    expect((await state()).messages).toBe(5);
    // What was asked about the unknown ids has not used them up.
    expect(await client.publish(rows(7).slice(5), { atomic: true })).toMatchObject([
      { seq: 6 },
      { seq: 7 },
    ]);
  });

  it('refuses more than 1,000, several streams, repeated ids, and what is due later, before anything is sent', async () => {
    const one = await begin();
    const two = await begin();
    await expect(client.publish(one.rows(1_001), { atomic: true })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('at most 1000'),
    });
    const wrong = [
      ...one.rows(2),
      ...one.rows(1),
      ...two.rows(1),
      one.Row({ n: 9 }, { delay: '1h' }),
    ];
    const { code, error } = await failure(client.publish(wrong, { atomic: true }));
    expect(code).toBe('CONFIG_INVALID');
    for (const words of ['one stream', 'id of its own', 'due later'])
      expect(error.message).toContain(words);
    expect((await one.state()).messages).toBe(0);
    await expect(
      client.publish(one.rows(1), { atomic: 1, more: 2 } as never),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it('stores none where one is refused, and says that a stream takes no batches', async () => {
    const full = await begin({ maxMsgs: 3, discard: 'new' });
    await expect(client.publish(full.rows(4), { atomic: true })).rejects.toMatchObject({
      code: 'STREAM_FULL',
    });
    expect((await full.state()).messages).toBe(0);
    const off = await begin({ durability: 'async' });
    await expect(client.publish(off.rows(2), { atomic: true })).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
      message: expect.stringContaining('allow_atomic'),
    });
  });
});
