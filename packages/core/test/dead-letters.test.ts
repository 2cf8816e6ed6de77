import { jetstream } from '@nats-io/jetstream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeadLetters, deadLetters } from '../src/dead-letters/dead-letters.ts';
import type { Admin } from '../src/topology/admin.ts';
import { all, bury, Orders, setUp } from './dead-letters-setup.ts';
import { clear, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;
let letters: DeadLetters;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
  letters = deadLetters(admin);
});
afterAll(() => close());
beforeEach(() => clear(admin));

describe('looking at dead letters', () => {
  it('is fine before anything was ever buried', async () => {
    expect(await all(admin)).toEqual([]);
    expect(await letters.summary()).toEqual([]);
    expect(await letters.show(1)).toBeUndefined();
    expect(await letters.drop({ all: true })).toBe(0);
    expect(await letters.replay({ all: true })).toEqual({ replayed: 0, skipped: [] });
  });

  it('shows everything that is known of one', async () => {
    await setUp(admin, Orders, 'billing');
    const seq = await bury(admin, 'billing', new TypeError('zażółć'));
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
    await setUp(admin, Orders, 'billing', 'audit');
    for (let i = 0; i < 300; i++)
      await bury(admin, i % 2 ? 'audit' : 'billing', new Error(`failure ${i}`));
    const found = await all(admin);
    expect(found.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    expect(await all(admin, { worker: 'audit' })).toHaveLength(150);
    expect((await all(admin, { error: 'failure 17' })).map(({ error }) => error)).toEqual([
      'failure 17',
      ...Array.from({ length: 10 }, (_, i) => `failure 17${i}`),
    ]);
    expect(await all(admin, { error: 'handler_failed', limit: 5 })).toHaveLength(5);
    expect((await all(admin, { seq: 3 })).map(({ seq }) => seq)).toEqual([3]);
    expect(await all(admin, { stream: 'OTHER' })).toEqual([]);
    const group = { worker: 'audit', reason: 'attempts-exhausted', errorCode: 'HANDLER_FAILED' };
    expect((await all(admin, { ...group, after: 295 })).map(({ seq }) => seq)).toEqual([
      296, 298, 300,
    ]);
    expect(await all(admin, { ...group, errorCode: 'HANDLER' })).toEqual([]);
    expect(await all(admin, { ...group, reason: 'crash-loop' })).toEqual([]);
  }, 60_000);

  it('sums them up by stream, worker and error', async () => {
    await setUp(admin, Orders, 'billing', 'audit');
    for (const worker of ['billing', 'billing', 'audit']) await bury(admin, worker);
    expect(await letters.summary()).toMatchObject([
      { worker: 'billing', count: 2, errorCode: 'HANDLER_FAILED' },
      { worker: 'audit', count: 1 },
    ]);
  });

  it('does not take a trial marker for a dead letter', async () => {
    await setUp(admin, Orders, 'billing');
    const { seq } = await jetstream(admin.nc).publish('_jl.trial.ORDERS.billing.1', '', {
      ttl: '60s',
    });
    expect(await letters.show(seq)).toBeUndefined();
    expect(await all(admin)).toEqual([]);
    expect(await letters.drop({ all: true })).toBe(0);
  });
});

describe('dropping dead letters', () => {
  it('needs a condition', async () => {
    await expect(letters.drop({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(letters.replay({})).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    for (const call of [letters.drop, letters.replay])
      await expect(call(...([] as unknown as [never]))).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
  });

  it('deletes those that a filter means and no others', async () => {
    await setUp(admin, Orders, 'billing', 'audit');
    for (const worker of ['billing', 'audit', 'audit', 'billing']) await bury(admin, worker);
    expect(await letters.drop({ seq: 1 })).toBe(1);
    expect(await letters.drop({ worker: 'audit' })).toBe(2);
    expect((await all(admin)).map(({ seq }) => seq)).toEqual([4]);
    expect(await letters.drop({ errorCode: 'HANDLER_TIMEOUT' })).toBe(0);
    expect(await letters.drop({ reason: 'crash-loop', worker: 'billing' })).toBe(0);
    expect(await letters.drop({ after: 4 })).toBe(0);
    expect(await letters.drop({ error: 'card' })).toBe(1);
  });
});
