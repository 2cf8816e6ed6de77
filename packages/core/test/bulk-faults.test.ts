import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { PublishAllOptions } from '../src/bulk/bulk-options.ts';
import { bulkReport } from '../src/bulk/bulk-report.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';
import { type FrameProxy, startFrameProxy } from './frame-proxy.ts';
import { until } from './until.ts';

let server: Server;
let admin: Connection;
let proxy: FrameProxy;
let client: Client;
let streams = 0;

beforeAll(async () => {
  server = await startServer();
  admin = await open({ servers: server.url });
});

afterEach(async () => {
  await client?.close({ timeout: '1s' });
  await proxy?.close();
});

afterAll(async () => {
  await admin.nc.close();
  await server.stop();
});

async function begin(
  settings: Record<string, unknown> = {},
  options: Record<string, unknown> = {},
) {
  proxy = await startFrameProxy(server);
  client = await connect({ servers: proxy.url, ...options });
  const name = `fault${++streams}`;
  const Row = event(`Row${name}`, { subject: `${name}.{n}`, schema: z.object({ n: z.number() }) });
  const Rows = stream(name.toUpperCase(), {
    subjects: [`${name}.>`],
    messages: [Row],
    ...settings,
  });
  await client.start(Rows);
  const rows = (count: number) => Array.from({ length: count }, (_, n) => Row({ n }));
  /** All in order, none missing, none twice. */
  const expectAll = async (count: number) => {
    const { messages, last_seq } = (await admin.jsm.streams.info(Rows.name)).state;
    expect({ messages, last_seq }).toEqual({ messages: count, last_seq: count });
    for (const n of [0, 1, Math.floor(count / 2), count - 1]) {
      const found = await admin.jsm.streams.getMessage(Rows.name, { seq: n + 1 });
      expect(found?.subject).toBe(`${name}.${n}`);
    }
  };
  return { name, Row, Rows, rows, expectAll };
}

const ingest: PublishAllOptions = { mode: 'ingest' };
/** The number of a message in its batch, and what it does there. */
const numberOf = (reply: string) => Number(reply.split('.').at(-3));
const isOf = (reply: string, operation: number) => reply.endsWith(`.${operation}.$FI`);

describe('an ingest', () => {
  it('sends again, in order, what got lost on its way to the stream', async () => {
    const { rows, expectAll } = await begin();
    const dropped: number[] = [];
    proxy.filter.toServer = ({ reply }) => {
      const drops = isOf(reply, 1) && dropped.length < 4 && numberOf(reply) % 300 === 299;
      if (drops) dropped.push(numberOf(reply));
      return drops;
    };
    const report = await client.publishAll(rows(6_000), ingest);
    expect(dropped).toHaveLength(4);
    expect(report).toMatchObject({ stored: 6_000, duplicates: 0 });
    expect(report.republished).toBeGreaterThanOrEqual(4);
    expect(report.why).toContain('sent again');
    await expectAll(6_000);
  });

  it("ends at what got lost with onGap: 'fail', and says exactly what is stored", async () => {
    const { rows, Rows } = await begin();
    proxy.filter.toServer = ({ reply }) => isOf(reply, 1) && numberOf(reply) === 777;
    const error = await client
      .publishAll(rows(6_000), { ...ingest, onGap: 'fail' })
      .catch((e) => e);
    expect(error).toMatchObject({ code: 'PUBLISH_TIMEOUT', retryable: true });
    // The first message is a batch of its own.
    expect(bulkReport(error)).toMatchObject({ stored: 777, duplicates: 0 });
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(777);
  });

  it('goes on when acks get lost, the first, some, or the last', async () => {
    const { rows, expectAll } = await begin();
    let acks = 0;
    let ends = 0;
    proxy.filter.toClient = ({ subject, payload }) => {
      if (!subject.endsWith('.$FI')) return false;
      if (payload.includes('"type":"ack"')) return ++acks % 3 === 1;
      return payload.includes('"batch"') && ++ends % 2 === 1;
    };
    const report = await client.publishAll(rows(4_000), ingest);
    expect(acks).toBeGreaterThan(3);
    expect(ends).toBeGreaterThan(1);
    expect(report).toMatchObject({ stored: 4_000, duplicates: 0 });
    await expectAll(4_000);
  }, 60_000);

  it('finds out after a lost connection what is stored, without storing anything twice', async () => {
    const { rows, expectAll } = await begin({ dedupeWindow: '100ms' });
    let cuts = 0;
    async function* source() {
      for (const [n, row] of rows(20_000).entries()) {
        if (n % 4_000 === 3_999) {
          cuts++;
          proxy.cut();
        }
        yield row;
      }
    }
    const report = await client.publishAll(source(), ingest);
    expect(cuts).toBe(5);
    expect(report).toMatchObject({ stored: 20_000, duplicates: 0 });
    await expectAll(20_000);
  }, 60_000);

  it('sends all that has no ack again when the server was restarted, under the same ids', async () => {
    const own = await startServer();
    client = await connect({ servers: own.url });
    const Row = event('Row', { subject: 'again.{n}', schema: z.object({ n: z.number() }) });
    await client.start(stream('AGAIN', { subjects: ['again.>'], messages: [Row] }));
    let confirmed = 0;
    let restarts = 0;
    async function* source() {
      for (let n = 0; n < 8_000; n++) {
        if (n === 4_000) {
          await until('some are stored', () => confirmed > 2_000);
          yield Row({ n: 4_000 });
          await own.restart();
          restarts++;
        } else yield Row({ n });
      }
    }
    const onProgress: PublishAllOptions['onProgress'] = ({ stored }) => {
      confirmed = stored;
    };
    const report = await client.publishAll(source(), { ...ingest, onProgress });
    expect(restarts).toBe(1);
    expect(report).toMatchObject({ stored: 8_000, duplicates: 0 });
    const check = await open({ servers: own.url });
    expect((await check.jsm.streams.info('AGAIN')).state).toMatchObject({ messages: 8_000 });
    await check.nc.close();
    await client.close();
    await own.stop();
  }, 60_000);

  it('is not misled by others that publish to the stream, or into its batch', async () => {
    const { rows, Row, Rows } = await begin();
    let reply = '';
    proxy.filter.toServer = (frame) => {
      if (isOf(frame.reply, 1)) reply = frame.reply;
      return false;
    };
    const other = await open({ servers: server.url });
    let meddled = 0;
    async function* source() {
      for (const [n, row] of rows(6_000).entries()) {
        // Numbers ahead of its own: for the server a gap.
        if (n % 2_000 === 1_500 && reply !== '') {
          const ahead = reply.replace(/\.\d+\.1\.\$FI$/, '.60000.1.$FI');
          other.nc.publish(`${Rows.name.toLowerCase()}.9`, 'meddled', { reply: ahead });
          meddled++;
          await other.nc.flush();
        }
        yield row;
      }
    }
    const report = await client.publishAll(source(), ingest);
    expect(meddled).toBe(3);
    expect(report.stored + report.duplicates).toBe(6_000);
    const { messages } = (await admin.jsm.streams.info(Rows.name)).state;
    expect(messages).toBe(6_000);
    await client.publish(Row({ n: 1 }));
    await other.nc.close();
  });

  it('goes on beside other ingests into the same stream', async () => {
    const { rows, Row, Rows } = await begin();
    const others = Array.from({ length: 3 }, (_, k) =>
      Array.from({ length: 3_000 }, (_, n) => Row({ n: k * 3_000 + n })),
    );
    const loads = [rows(3_000), ...others].map((source) => client.publishAll(source, ingest));
    const reports = await Promise.all(loads);
    for (const { stored, duplicates } of reports) expect(stored + duplicates).toBe(3_000);
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(12_000);
  });

  it('gives up when nothing answers until the publish deadline, and says how far it came', async () => {
    const { rows } = await begin({}, { publishTimeout: '1s' });
    proxy.filter.toClient = ({ subject }) => subject.endsWith('.$FI');
    const error = await client.publishAll(rows(100), ingest).catch((e) => e);
    expect(error).toMatchObject({ code: 'PUBLISH_TIMEOUT', retryable: true });
    expect(bulkReport(error)?.stored).toBe(0);
  });

  it('says that its stream was deleted', async () => {
    const { rows, Rows } = await begin();
    async function* source() {
      for (const [n, row] of rows(5_000).entries()) {
        if (n === 2_500) await admin.jsm.streams.delete(Rows.name);
        yield row;
      }
    }
    const error = await client.publishAll(source(), ingest).catch((e) => e);
    expect(error).toMatchObject({ code: 'NO_STREAM' });
    expect(bulkReport(error)?.stored).toBeGreaterThan(0);
  });

  it('stores plainly, with nothing lost, where the server takes its messages for plain ones', async () => {
    const { rows, Rows } = await begin();
    // As a server before 2.14 answers.
    proxy.filter.toServer = ({ subject, reply, payload }) => {
      if (!isOf(reply, 2)) return false;
      admin.nc.publish(subject, payload);
      void admin.nc
        .flush()
        .then(() => admin.nc.publish(reply, `{"stream":"${Rows.name}","seq":1}`));
      return true;
    };
    const report = await client.publishAll(rows(2_000));
    expect(report.why).toContain('does not know fast ingest');
    expect(report.stored + report.duplicates).toBe(2_000);
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(2_000);
  });
});

describe('an atomic batch', () => {
  it('is known to be stored when the answer to its commit got lost', async () => {
    const { rows, Rows } = await begin();
    let lost = 0;
    proxy.filter.toClient = ({ payload }) => payload.includes('"batch"') && lost++ < 1;
    const acks = await client.publish(rows(20), { atomic: true });
    expect(lost).toBe(1);
    expect(acks.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(acks.every(({ duplicate }) => !duplicate)).toBe(true);
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(20);
  });

  it('is stored once when messages of it, or the connection, get lost', async () => {
    const { rows, Rows } = await begin();
    let dropped = 0;
    proxy.filter.toServer = ({ subject }) => subject.endsWith('.7') && dropped++ < 1;
    await client.publish(rows(20), { atomic: true });
    expect(dropped).toBe(2);
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(20);
    proxy.filter.toServer = ({ subject }) => {
      if (!subject.endsWith('.2999') || dropped++ > 2) return false;
      proxy.cut();
      return true;
    };
    const report = await client.publishAll(rows(5_000).slice(2_500), { mode: 'atomic' });
    expect(report).toMatchObject({ stored: 2_500, duplicates: 0 });
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(2_520);
  }, 30_000);

  it('names no message of another writer as its own', async () => {
    const { Row, Rows } = await begin();
    const [first, second] = [Row({ n: 1 }, { id: 'one' }), Row({ n: 2 }, { id: 'two' })];
    await client.publish(second);
    let lost = 0;
    proxy.filter.toClient = ({ payload }) => payload.includes('10201') && lost++ < 1;
    await expect(client.publish([first, second], { atomic: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('1 of the 2 ids'),
    });
    expect(lost).toBeGreaterThan(0);
    expect((await admin.jsm.streams.info(Rows.name)).state.messages).toBe(1);
    await until('nothing more is stored', async () => {
      return (await admin.jsm.streams.info(Rows.name)).state.messages === 1;
    });
  });
});
