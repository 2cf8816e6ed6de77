import { JetlaneError, stream } from '@jetlane/contracts';
import { jetstream } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetters, deadLetters, deadLettersIn } from '../src/dead-letters/dead-letters.ts';
import { natsLetters } from '../src/dead-letters/nats-letters.ts';
import type { Admin } from '../src/topology/admin.ts';
import { prepare } from '../src/topology/prepare.ts';
import {
  all,
  bury,
  handleAll,
  Orders,
  Queue,
  replayMessages,
  replaysOf,
  setUp,
} from './dead-letters-setup.ts';
import { addStream, adminOf, clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
/** The server of all tests but those that restart one. */
let shared: Admin;
let close: () => Promise<void>;
let letters: DeadLetters;
let url: string;

beforeAll(async () => {
  const started = await startAdmin();
  ({ admin, close } = started);
  shared = admin;
  url = started.server.url;
  letters = deadLetters(admin);
});
afterAll(() => close());
beforeEach(() => clear(admin));

describe('replaying dead letters', () => {
  it('sends the original to the worker alone and removes the record', async () => {
    await setUp(admin, Orders, 'billing');
    const seq = await bury(admin, 'billing');
    expect(await letters.replay({ seq }, { dryRun: true })).toEqual({ replayed: 1, skipped: [] });
    expect(await replaysOf(admin, 'billing')).toEqual([]);
    expect(await letters.replay({ seq })).toEqual({ replayed: 1, skipped: [] });
    expect(await replaysOf(admin, 'billing')).toEqual([
      {
        subject: '_jl.ORDERS.billing.orders.placed.1',
        id: `replay:billing:1:${seq}`,
        headers: ['Nats-Msg-Id', 'ce-id', 'jl-replays', 'tenant'],
      },
    ]);
    expect(await all(admin)).toEqual([]);
  });

  it('sends to the original subject when asked, and lets the caller edit', async () => {
    await setUp(admin, Orders, 'billing');
    await bury(admin, 'billing');
    const payload = new TextEncoder().encode('mended');
    await letters.replay({ all: true }, { to: 'subject', edit: () => ({ payload }) });
    const last = await admin.jsm.streams.getMessage('ORDERS', { last_by_subj: 'orders.placed.1' });
    expect(last?.string()).toBe('mended');
    expect(last?.seq).toBe(3);
    expect((await admin.jsm.streams.info('ORDERS')).state.messages).toBe(2);
  });

  it('keeps the identity of a foreign message that had only a Nats-Msg-Id, or none', async () => {
    await setUp(admin, Orders, 'billing');
    await bury(admin, 'billing', new Error('x'), { 'Nats-Msg-Id': 'theirs' });
    await bury(admin, 'billing', new Error('x'), {});
    await letters.replay({ all: true });
    const ids = (await replayMessages(admin, 'billing')).map(({ header }) => header.get('ce-id'));
    expect(ids).toEqual(['theirs', 'orders.placed.1:2']);
  });

  it.each(['inside', 'after'])(
    'publishes nothing twice where there are no batches, when a run that was interrupted before the removal is run again %s the deduplication window',
    async (when) => {
      await setUp(
        admin,
        stream('ORDERS', {
          ...Orders.options,
          subjects: ['orders.>'],
          messages: [Placed],
          dedupeWindow: when === 'inside' ? '2m' : '100ms',
          jetstream: { allow_atomic: false },
        }),
        'billing',
      );
      const seq = await bury(admin, 'billing');
      const js = jetstream(admin.nc);
      const id = `replay:billing:1:${seq}`;
      await js.publish('_jl.ORDERS.billing.orders.placed.1', 'body', { msgID: id });
      if (when === 'after') {
        // Later ids are forgotten later: once this one is, so is the one above.
        const forgotten = async () =>
          (await js.publish('orders.other', '', { msgID: 'probe' })).duplicate;
        await expect.poll(forgotten, { timeout: 10_000 }).toBe(true);
        await expect.poll(forgotten, { timeout: 10_000 }).toBe(false);
      }
      expect(await letters.replay({ seq })).toEqual({ replayed: 1, skipped: [] });
      expect((await replaysOf(admin, 'billing')).map((replay) => replay.id)).toEqual([id]);
      expect(await all(admin)).toEqual([]);
    },
  );

  it.each(['limits', 'workqueue', 'interest'] as const)(
    'sends nothing twice to %s after an interruption, a settled message and a killed server',
    async (retention) => {
      const own = await startAdmin();
      const source = stream('ORDERS', {
        subjects: ['orders.>'],
        messages: [Placed],
        retention,
        dedupeWindow: '100ms',
      });
      admin = own.admin;
      try {
        await prepare(admin, { streams: [source], workers: [specOf('billing', source)] }, 'apply');
        if (retention === 'interest')
          await admin.jsm.consumers.add('ORDERS', {
            durable_name: 'keeper',
            ack_policy: 'explicit',
            filter_subject: '_jl.ORDERS.sched.>',
          });
        const seqs = [
          await bury(admin, 'billing'),
          await bury(admin, 'billing'),
          await bury(admin, 'billing'),
        ];
        const real = natsLetters(admin);
        const remove = () => Promise.reject(new JetlaneError('CONNECTION_LOST', 'cut off'));
        const cut = deadLettersIn({ ...real, remove }).replay({ all: true });
        await expect(cut).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
        const handled = await handleAll(admin, 'billing', 6);
        await own.server.restart();
        await expect
          .poll(() => deadLetters(admin).replay({ all: true }), { timeout: 10_000 })
          .toEqual({ replayed: 3, skipped: [] });
        handled.push(...(await handleAll(admin, 'billing', 0)));
        const replays = handled.filter((id) => id.startsWith('replay:')).sort();
        expect(replays).toEqual(seqs.map((seq) => `replay:billing:${seq}:${seq}`));
        const info = await admin.jsm.streams.info('ORDERS', {
          subjects_filter: '_jl.ORDERS.sched.>',
        });
        expect(info.state.subjects ?? {}).toEqual({});
      } finally {
        await own.close();
        admin = shared;
      }
    },
    30_000,
  );

  it('keeps every record when the stream is full, and says so', async () => {
    const full = { discard: 'new', maxMsgs: 3 } as const;
    const Full = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...full });
    await setUp(admin, Full, 'billing');
    for (let i = 0; i < 3; i++) await bury(admin, 'billing');
    for (const to of ['worker', 'subject'] as const)
      await expect(letters.replay({ all: true }, { to })).rejects.toMatchObject({
        code: 'STREAM_FULL',
        message: expect.stringContaining('What was not sent is still there'),
      });
    expect(await all(admin)).toHaveLength(3);
  });

  it('keeps the record when no stream stores the original subject any more', async () => {
    await setUp(admin, Orders, 'billing');
    await bury(admin, 'billing');
    const { config } = await admin.jsm.streams.info('ORDERS');
    await admin.jsm.streams.update('ORDERS', { ...config, subjects: ['_jl.ORDERS.>'] });
    await expect(letters.replay({ all: true }, { to: 'subject' })).rejects.toMatchObject({
      code: 'NO_STREAM',
    });
    expect(await all(admin)).toHaveLength(1);
  });

  it('sends to the original subject where another stream stores it now', async () => {
    await setUp(admin, Orders, 'billing');
    await bury(admin, 'billing');
    const { config } = await admin.jsm.streams.info('ORDERS');
    await admin.jsm.streams.update('ORDERS', { ...config, subjects: ['_jl.ORDERS.>'] });
    await addStream(admin, { name: 'THEIRS', subjects: ['orders.>'] });
    await letters.replay({ all: true }, { to: 'subject' });
    expect((await admin.jsm.streams.info('THEIRS')).state.messages).toBe(1);
    expect(await all(admin)).toEqual([]);
  });

  it('may run twice at once', async () => {
    await setUp(admin, Orders, 'billing');
    for (let i = 0; i < 100; i++) await bury(admin, 'billing');
    const other = await adminOf(url);
    const both = [letters, deadLetters(other)].map((each) => each.replay({ all: true }));
    const counts = (await Promise.all(both)).map(({ replayed }) => replayed);
    await other.nc.close();
    expect(counts.reduce((a, b) => a + b)).toBe(100);
    expect(await replaysOf(admin, 'billing')).toHaveLength(100);
  });

  it('says which one is not there', async () => {
    await setUp(admin, Orders, 'billing');
    const result = await letters.replay({ seq: 99 });
    expect(result).toMatchObject({ replayed: 0, skipped: [{ seq: 99 }] });
    expect(result.skipped[0]?.why).toContain('there is no dead letter 99 in DLQ');
    expect(await letters.drop({ seq: 99 })).toBe(0);
  });

  it('leaves out what was dropped while a slow replay held it', async () => {
    await setUp(admin, Orders, 'billing');
    for (let i = 0; i < 2; i++) await bury(admin, 'billing');
    const { replayed } = await letters.replay(
      { all: true },
      { rate: 0.6, onReplayed: () => void letters.drop({ seq: 2 }) },
    );
    expect(replayed).toBe(1);
    expect(await replaysOf(admin, 'billing')).toHaveLength(1);
  });

  it('loses and doubles nothing when its connection breaks in the middle', async () => {
    await setUp(admin, Orders, 'billing');
    const seqs: number[] = [];
    for (let i = 0; i < 300; i++) seqs.push(await bury(admin, 'billing'));
    const breaking = await adminOf(url);
    let replayed = 0;
    const cut = deadLetters(breaking).replay(
      { all: true },
      {
        onReplayed: () => {
          replayed += 1;
          if (replayed === 70) void breaking.nc.close();
        },
      },
    );
    await expect(cut).rejects.toMatchObject({ name: 'JetlaneError' });
    await letters.replay({ all: true });
    expect(await all(admin)).toEqual([]);
    const ids = (await replaysOf(admin, 'billing')).map(({ id }) => id);
    expect(ids.sort()).toEqual(seqs.map((seq) => `replay:billing:${seq}:${seq}`).sort());
  });

  it('leaves those whose worker is gone, and says why', async () => {
    await setUp(admin, Queue, 'billing');
    const seq = await bury(admin, 'billing');
    await admin.jsm.consumers.delete('ORDERS', 'billing');
    const result = await letters.replay({ all: true });
    expect(result).toMatchObject({ replayed: 0, skipped: [{ seq }] });
    expect(result.skipped[0]?.why).toContain('no worker billing any more');
    expect(await all(admin)).toHaveLength(1);
  });

  it('ends when told to, and what is left stays', async () => {
    await setUp(admin, Orders, 'billing');
    for (let i = 0; i < 5; i++) await bury(admin, 'billing');
    const stop = new AbortController();
    const { replayed } = await letters.replay(
      { all: true },
      { rate: 10, signal: stop.signal, onReplayed: () => stop.abort() },
    );
    expect(replayed).toBe(1);
    expect(await all(admin)).toHaveLength(4);
  });

  it('does not run in circles when replays fail again at once', async () => {
    await setUp(admin, Orders, 'billing');
    for (let i = 0; i < 3; i++) await bury(admin, 'billing');
    const again: Promise<number>[] = [];
    const { replayed } = await letters.replay(
      { all: true },
      { rate: 100, onReplayed: () => again.push(bury(admin, 'billing')) },
    );
    await Promise.all(again);
    expect(replayed).toBe(3);
    expect(await all(admin)).toHaveLength(3);
  });

  it('fetches a body that did not fit from where it was, or says that it is gone', async () => {
    await setUp(admin, Orders, 'billing');
    const js = jetstream(admin.nc);
    const { seq } = await js.publish('orders.placed.9', 'a large body');
    const original = await admin.jsm.streams.getMessage('ORDERS', { seq });
    const headers = makeHeaders();
    const fields = {
      'jl-stream': 'ORDERS',
      'jl-durable': 'billing',
      'jl-subject': 'orders.placed.9',
      'jl-seq': String(seq),
      'jl-time': original?.time.toISOString() ?? '',
      'jl-truncated': '12',
    };
    for (const [name, value] of Object.entries(fields)) headers.set(name, value);
    await js.publish('_jl.dlq.ORDERS.billing', '', { headers });
    await letters.replay({ all: true });
    const replay = await admin.jsm.streams.getMessage('ORDERS', { last_by_subj: '_jl.ORDERS.>' });
    expect(replay?.string()).toBe('a large body');
    headers.set('jl-seq', '99');
    await js.publish('_jl.dlq.ORDERS.billing', '', { headers });
    expect((await letters.replay({ all: true })).skipped[0]?.why).toContain('did not fit');
  });
});
