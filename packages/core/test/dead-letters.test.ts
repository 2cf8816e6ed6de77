import { stream } from '@jetlane/contracts';
import { jetstream } from '@nats-io/jetstream';
import { headers as makeHeaders } from '@nats-io/nats-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../src/dead-letters/dead-letter.ts';
import { type DeadLetters, deadLetters } from '../src/dead-letters/dead-letters.ts';
import { toRecord } from '../src/dead-letters/record.ts';
import type { Admin } from '../src/topology/admin.ts';
import { prepare } from '../src/topology/prepare.ts';
import { adminOf, clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;
let letters: DeadLetters;
let url: string;

beforeAll(async () => {
  const started = await startAdmin();
  ({ admin, close } = started);
  url = started.server.url;
  letters = deadLetters(admin);
});
afterAll(() => close());
beforeEach(() => clear(admin));

const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed] });
const Queue = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [Placed],
  retention: 'workqueue',
});

async function setUp(source = Orders, ...names: string[]): Promise<void> {
  const workers = names.map((name, i) =>
    specOf(name, source, { filters: names.length > 1 ? [`orders.${i}.>`] : ['orders.>'] }),
  );
  await prepare(admin, { streams: [source], workers }, 'apply');
}

/** Publishes a message and buries it as its worker would. */
async function bury(
  worker: string,
  error: unknown = new Error('card declined'),
  headers: Record<string, string> = { 'ce-id': 'o-1', tenant: 'a' },
  payload = new TextEncoder().encode('body'),
): Promise<number> {
  const js = jetstream(admin.nc);
  const { seq } = await js.publish('orders.placed.1', payload);
  const record = toRecord(
    {
      subject: 'orders.placed.1',
      payload,
      seq,
      deliveryCount: 1,
      timeMs: Date.now(),
      pending: 0,
      header: (name) => headers[name],
      headers: () => headers,
      ack() {},
      nak() {},
      working() {},
      term() {},
    },
    { name: worker, stream: Orders, deadLetter: 'DLQ' },
    { reason: 'attempts-exhausted', error, attempt: 5, nowMs: Date.now() },
  );
  const hdrs = makeHeaders();
  for (const [name, value] of Object.entries(record.headers)) hdrs.set(name, value);
  return (await js.publish(record.subject, record.payload, { headers: hdrs })).seq;
}

async function all(filter: Parameters<DeadLetters['list']>[0] = {}): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const letter of letters.list(filter)) found.push(letter);
  return found;
}

async function replaysOf(
  worker: string,
): Promise<{ subject: string; id: string; headers: string[] }[]> {
  const found: { subject: string; id: string; headers: string[] }[] = [];
  const { state } = await admin.jsm.streams.info('ORDERS');
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await admin.jsm.streams.getMessage('ORDERS', { seq });
    if (message?.subject.startsWith(`_jl.ORDERS.${worker}.`)) {
      found.push({
        subject: message.subject,
        id: message.header.get('Nats-Msg-Id'),
        headers: [...message.header.keys()].sort(),
      });
    }
  }
  return found;
}

describe('looking at dead letters', () => {
  it('is fine before anything was ever buried', async () => {
    expect(await all()).toEqual([]);
    expect(await letters.summary()).toEqual([]);
    expect(await letters.show(1)).toBeUndefined();
    expect(await letters.drop({ all: true })).toBe(0);
    expect(await letters.replay({ all: true })).toEqual({ replayed: 0, skipped: [] });
  });

  it('shows everything that is known of one', async () => {
    await setUp(Orders, 'billing');
    const seq = await bury('billing', new TypeError('zażółć'));
    expect(await letters.show(seq)).toMatchObject({
      seq,
      stream: 'ORDERS',
      streamSeq: 1,
      worker: 'billing',
      subject: 'orders.placed.1',
      reason: 'attempts-exhausted',
      error: 'zażółć',
      errorCode: 'HANDLER_FAILED',
      errorName: 'TypeError',
      attempts: 5,
      id: 'o-1',
      headers: { tenant: 'a', 'ce-id': 'o-1' },
    });
    expect(new TextDecoder().decode((await letters.show(seq))?.payload)).toBe('body');
    expect(await letters.show(seq + 1)).toBeUndefined();
  });

  it('lists those that a filter means, across pages, oldest first', async () => {
    await setUp(Orders, 'billing', 'audit');
    for (let i = 0; i < 300; i++)
      await bury(i % 2 ? 'audit' : 'billing', new Error(`failure ${i}`));
    const found = await all();
    expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(await all({ worker: 'audit' })).toHaveLength(150);
    expect((await all({ error: 'failure 17' })).map(({ error }) => error)).toEqual([
      'failure 17',
      ...Array.from({ length: 10 }, (_, i) => `failure 17${i}`),
    ]);
    expect(await all({ error: 'handler_failed', limit: 5 })).toHaveLength(5);
    expect((await all({ seq: 3 })).map(({ seq }) => seq)).toEqual([3]);
    expect(await all({ stream: 'OTHER' })).toEqual([]);
  }, 60_000);

  it('sums them up by stream, worker and error', async () => {
    await setUp(Orders, 'billing', 'audit');
    for (const worker of ['billing', 'billing', 'audit']) await bury(worker);
    expect(await letters.summary()).toMatchObject([
      { worker: 'billing', count: 2, errorCode: 'HANDLER_FAILED' },
      { worker: 'audit', count: 1 },
    ]);
  });

  it('does not take a trial marker for a dead letter', async () => {
    await setUp(Orders, 'billing');
    const { seq } = await jetstream(admin.nc).publish('_jl.trial.ORDERS.billing.1', '', {
      ttl: '60s',
    });
    expect(await letters.show(seq)).toBeUndefined();
    expect(await all()).toEqual([]);
    expect(await letters.drop({ all: true })).toBe(0);
  });
});

describe('dropping dead letters', () => {
  it('needs a condition', async () => {
    await expect(letters.drop({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(letters.replay({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('deletes those that a filter means and no others', async () => {
    await setUp(Orders, 'billing', 'audit');
    for (const worker of ['billing', 'audit', 'audit', 'billing']) await bury(worker);
    expect(await letters.drop({ seq: 1 })).toBe(1);
    expect(await letters.drop({ worker: 'audit' })).toBe(2);
    expect((await all()).map(({ seq }) => seq)).toEqual([4]);
    expect(await letters.drop({ error: 'card' })).toBe(1);
  });
});

describe('replaying dead letters', () => {
  it('sends the original to the worker alone and removes the record', async () => {
    await setUp(Orders, 'billing');
    const seq = await bury('billing');
    expect(await letters.replay({ seq }, { dryRun: true })).toEqual({ replayed: 1, skipped: [] });
    expect(await replaysOf('billing')).toEqual([]);
    expect(await letters.replay({ seq })).toEqual({ replayed: 1, skipped: [] });
    expect(await replaysOf('billing')).toEqual([
      {
        subject: '_jl.ORDERS.billing.orders.placed.1',
        id: `replay:billing:1:${seq}`,
        headers: ['Nats-Expected-Stream', 'Nats-Msg-Id', 'ce-id', 'tenant'],
      },
    ]);
    expect(await all()).toEqual([]);
  });

  it('sends to the original subject when asked, and lets the caller edit', async () => {
    await setUp(Orders, 'billing');
    await bury('billing');
    const payload = new TextEncoder().encode('mended');
    await letters.replay({ all: true }, { to: 'subject', edit: () => ({ payload }) });
    const last = await admin.jsm.streams.getMessage('ORDERS', { last_by_subj: 'orders.placed.1' });
    expect(last?.string()).toBe('mended');
    expect(last?.seq).toBe(2);
  });

  it('keeps the identity of a foreign message that had only a Nats-Msg-Id, or none', async () => {
    await setUp(Orders, 'billing');
    await bury('billing', new Error('x'), { 'Nats-Msg-Id': 'theirs' });
    await bury('billing', new Error('x'), {});
    await letters.replay({ all: true });
    const ids = [];
    for (const seq of [3, 4]) {
      ids.push((await admin.jsm.streams.getMessage('ORDERS', { seq }))?.header.get('ce-id'));
    }
    expect(ids).toEqual(['theirs', 'orders.placed.1:2']);
  });

  it.each(['inside', 'after'])(
    'publishes nothing twice when a run that was interrupted before the removal is run again %s the deduplication window',
    async (when) => {
      await setUp(
        stream('ORDERS', {
          ...Orders.options,
          subjects: ['orders.>'],
          messages: [Placed],
          dedupeWindow: when === 'inside' ? '2m' : '100ms',
        }),
        'billing',
      );
      const seq = await bury('billing');
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
      expect((await replaysOf('billing')).map((replay) => replay.id)).toEqual([id]);
      expect(await all()).toEqual([]);
    },
  );

  it('loses and doubles nothing when its connection breaks in the middle', async () => {
    await setUp(Orders, 'billing');
    const seqs: number[] = [];
    for (let i = 0; i < 150; i++) seqs.push(await bury('billing'));
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
    expect(await all()).toEqual([]);
    const ids = (await replaysOf('billing')).map(({ id }) => id);
    expect(ids.sort()).toEqual(seqs.map((seq) => `replay:billing:${seq}:${seq}`).sort());
  });

  it('leaves those whose worker is gone, and says why', async () => {
    await setUp(Queue, 'billing');
    const seq = await bury('billing');
    await admin.jsm.consumers.delete('ORDERS', 'billing');
    const result = await letters.replay({ all: true });
    expect(result).toMatchObject({ replayed: 0, skipped: [{ seq }] });
    expect(result.skipped[0]?.why).toContain('no worker billing any more');
    expect(await all()).toHaveLength(1);
  });

  it('ends when told to, and what is left stays', async () => {
    await setUp(Orders, 'billing');
    for (let i = 0; i < 5; i++) await bury('billing');
    const stop = new AbortController();
    const { replayed } = await letters.replay(
      { all: true },
      { rate: 10, signal: stop.signal, onReplayed: () => stop.abort() },
    );
    expect(replayed).toBe(1);
    expect(await all()).toHaveLength(4);
  });

  it('does not run in circles when replays fail again at once', async () => {
    await setUp(Orders, 'billing');
    for (let i = 0; i < 3; i++) await bury('billing');
    const again: Promise<number>[] = [];
    const { replayed } = await letters.replay(
      { all: true },
      { rate: 100, onReplayed: () => again.push(bury('billing')) },
    );
    await Promise.all(again);
    expect(replayed).toBe(3);
    expect(await all()).toHaveLength(3);
  });

  it('fetches a body that did not fit from where it was, or says that it is gone', async () => {
    await setUp(Orders, 'billing');
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
