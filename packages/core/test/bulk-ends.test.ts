import { event } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connect } from '../src/connect.ts';
import { auth, begin, bulkStage, failure, upTo } from './bulk-setup.ts';
import { until } from './until.ts';

const stage = bulkStage();

describe('publishAll that ends early', () => {
  it('ends with what the source throws, and says how far it came', async () => {
    const { rows, state } = await begin(stage);
    const broken = new Error('disk gone');
    function* source() {
      yield* rows(700);
      throw broken;
    }
    const { code, error, report } = await failure(stage.client.publishAll(source()));
    expect(code).toBe('SOURCE_FAILED');
    expect(error.cause).toBe(broken);
    expect(report).toMatchObject({ read: 700, stored: 700 });
    expect((await state()).messages).toBe(700);
  });

  it('leaves the source at a message that breaks its schema', async () => {
    const { rows, Row, inOrder } = await begin(stage);
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
    const { code, report } = await failure(stage.client.publishAll(source()));
    expect(code).toBe('VALIDATION_FAILED');
    expect(report).toMatchObject({ read: 6, stored: 5 });
    expect(left).toBe(true);
    expect(await inOrder()).toEqual(upTo(5));
  });

  it.each(['plain', 'ingest'] as const)(
    'ends in mode %s with a message that the stream refuses',
    async (mode) => {
      const { rows, Row, inOrder } = await begin(stage, { maxMsgSize: '2KiB' });
      const large = Row({ n: 900, text: 'x'.repeat(3_000) });
      const all = [...rows(900), large, ...rows(3_000).slice(901)];
      const { code, report } = await failure(stage.client.publishAll(all, { mode }));
      expect(code).toBe('MESSAGE_TOO_LARGE');
      expect(report.stored).toBeGreaterThanOrEqual(900);
      const found = await inOrder();
      expect(found).toHaveLength(report.stored);
      if (mode === 'ingest') expect(found).toEqual(upTo(900));
    },
  );

  it('says that the first message was refused', async () => {
    const { Row, rows } = await begin(stage, { maxMsgSize: '2KiB' });
    const large = Row({ n: 900, text: 'x'.repeat(3_000) });
    const { code, report } = await failure(
      stage.client.publishAll([large, ...rows(3)], { mode: 'ingest' }),
    );
    expect(code).toBe('MESSAGE_TOO_LARGE');
    expect(report).toMatchObject({ stored: 0 });
  });

  it('ends when the stream is full, with exactly what it holds', async () => {
    const { rows, inOrder } = await begin(stage, { maxMsgs: 1_200, discard: 'new' });
    const { code, report } = await failure(stage.client.publishAll(rows(5_000)));
    expect(code).toBe('STREAM_FULL');
    expect(report).toMatchObject({ mode: 'ingest', stored: 1_200 });
    expect(await inOrder()).toEqual(upTo(1_200));
  });

  it('awaits what is on its way when it is aborted, and leaves the source', async () => {
    const { rows, state } = await begin(stage);
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
    const { code, error, report } = await failure(stage.client.publishAll(source(), { signal }));
    expect(code).toBe('ABORTED');
    expect(error.cause).toBe('enough');
    expect(left).toBe(true);
    expect(report.stored).toBe(report.read);
    expect(report.read).toBe(5_001);
    expect((await state()).messages).toBe(report.stored);
    expect((await failure(stage.client.publishAll(rows(3), { signal }))).code).toBe('ABORTED');
  });

  it('leaves a source that gives nothing when it is aborted', async () => {
    const { rows } = await begin(stage);
    const controller = new AbortController();
    async function* source() {
      yield* rows(3);
      await new Promise(() => {});
    }
    const load = failure(
      stage.client.publishAll(source(), {
        signal: controller.signal,
        onProgress: ({ stored }) => stored === 3 && controller.abort(),
      }),
    );
    expect(await load).toMatchObject({ code: 'ABORTED', report: { stored: 3 } });
  });

  it('ends when the client closes, with what is stored', async () => {
    const { rows, state } = await begin(stage);
    const own = await connect({ servers: stage.server.url, auth });
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
    const { rows, inOrder } = await begin(stage);
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
    const load = stage.client.publishAll(source());
    await until('the first is read', () => read === 2);
    await stage.server.pause();
    goOn();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ahead = read;
    await stage.server.resume();
    expect(ahead).toBeLessThan(2_000);
    expect(await load).toMatchObject({ stored: 20_000 });
    expect(await inOrder()).toEqual(upTo(20_000));
  });

  it('says where credentials do not allow a subject, and does without the JetStream API', async () => {
    const { rows, Never, name } = await begin(stage);
    const options = { servers: stage.server.url };
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
      expect((await failure(stage.client.publishAll([Stray({ n: 1 })], { mode }))).code).toBe(
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
    const { code, error } = await failure(
      stage.client.publishAll('text' as never, options as never),
    );
    expect(code).toBe('CONFIG_INVALID');
    for (const name of ['iterated', 'mode', 'batchSize', 'onGap', 'signal', 'onProgress', 'extra'])
      expect(error.message).toContain(name);
  });
});
