import { describe, expect, it } from 'vitest';
import { connect } from '../src/connect.ts';
import { auth, begin, bulkStage, failure, upTo } from './bulk-setup.ts';
import { until } from './until.ts';

const stage = bulkStage();

describe('publishAll', () => {
  it('stores all of a source in its order, by fast ingest, and says why', async () => {
    const { rows, inOrder } = await begin(stage);
    const report = await stage.client.publishAll(rows(2_500));
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
      const { rows, state } = await begin(stage);
      const all = rows(2_100);
      const some = await stage.client.publishAll(all.slice(0, 1_000), { mode });
      expect(some).toMatchObject({ mode, stored: 1_000, duplicates: 0 });
      if (mode !== 'atomic') {
        const rest = await stage.client.publishAll(all, { mode });
        expect(rest).toMatchObject({ stored: 1_100, duplicates: 1_000, lastSeq: 2_100 });
      }
      const again = await stage.client.publishAll(all.slice(0, 1_000), { mode });
      expect(again).toMatchObject({ stored: 0, duplicates: 1_000 });
      expect((await state()).messages).toBe(mode === 'atomic' ? 1_000 : 2_100);
    },
  );

  it('takes an empty source, and one that is asynchronous', async () => {
    const { rows } = await begin(stage);
    expect(await stage.client.publishAll([])).toMatchObject({ read: 0, stored: 0 });
    async function* later() {
      for (const row of rows(700)) yield await Promise.resolve(row);
    }
    expect(await stage.client.publishAll(later())).toMatchObject({ mode: 'ingest', stored: 700 });
  });

  it('goes on one by one where the stream does not allow fast ingest, or no longer', async () => {
    const off = await begin(stage, { jetstream: { allow_batched: false } });
    expect(await stage.client.publishAll(off.rows(10))).toMatchObject({
      mode: 'plain',
      why: expect.stringContaining('allow_batched is off'),
      stored: 10,
    });
    const { code, error } = await failure(
      stage.client.publishAll(off.rows(10), { mode: 'ingest' }),
    );
    expect(code).toBe('TOPOLOGY_CONFLICT');
    expect(error.message).toContain('allow_batched');

    const { rows, inOrder, Rows } = await begin(stage);
    let told = '';
    async function* source() {
      for (const row of rows(1_500)) {
        if (row.id.endsWith('-700'))
          await stage.admin.jsm.streams.update(Rows.name, { allow_batched: false } as object);
        yield row;
      }
    }
    const report = await stage.client.publishAll(source(), {
      onProgress: ({ why }) => {
        told = why;
      },
    });
    expect(report).toMatchObject({ read: 1_500, stored: 1_500, duplicates: 0 });
    expect(told).toContain('one by one, because the stream does not allow it');
    expect(await inOrder()).toEqual(upTo(1_500));
  });

  it('publishes one by one what other streams store, and what is due later', async () => {
    const one = await begin(stage);
    const two = await begin(stage);
    const later = one.Row({ n: 100 }, { delay: '1h' });
    const mixed = [...one.rows(3), ...two.rows(2), later];
    const report = await stage.client.publishAll(mixed);
    expect(report).toMatchObject({ mode: 'ingest', stored: 6, stream: one.Rows.name });
    expect(report.why).toContain('went one by one');
    expect((await two.state()).messages).toBe(2);
    expect(await stage.client.cancel(later)).toBe(true);
    const { code } = await failure(
      stage.client.publishAll([...one.rows(3), ...two.rows(2)], { mode: 'ingest' }),
    );
    expect(code).toBe('CONFIG_INVALID');
  });

  it('confirms the last messages of a source that pauses', async () => {
    const { rows } = await begin(stage);
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
    const load = stage.client.publishAll(source(), {
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
      servers: stage.server.url,
      auth,
      maxInFlightBytes: '256KiB',
    });
    const { rows, inOrder } = await begin(stage);
    const sizes = [...rows(100), ...rows(160, 'x'.repeat(40_000)).slice(100)];
    expect(await small.publishAll(sizes)).toMatchObject({ stored: 160, republished: 0 });
    expect(await inOrder()).toEqual(upTo(160));
    await small.close();
  });
});
