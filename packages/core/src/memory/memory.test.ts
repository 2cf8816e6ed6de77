import { setTimeout as delay } from 'node:timers/promises';
import { event, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { on, onBatch } from '../worker/handler.ts';
import { worker } from '../worker/worker.ts';
import { memory } from './memory.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
const Charged = event('Charged', {
  subject: 'orders.charged.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed, Charged] });
const order = Placed({ orderId: 'o-1' });

describe('what waits', () => {
  const later = { delay: '1h' } as const;

  it('is delivered when the clock gets there, and shows as stored only then', async () => {
    const client = memory({ clock: 'manual' });
    const seen: string[] = [];
    const reader = worker('reader', { from: Orders }, [
      on(Placed, ({ data }) => void seen.push(data.orderId)),
      on(Charged, () => {}),
    ]);
    await client.start(reader);
    await client.publish([Placed({ orderId: 'late' }, { delay: '2h' }), Placed({ orderId: 'o' })]);
    await client.publish(Placed({ orderId: 'soon' }, later));
    await client.advance('59m');
    expect([seen, client.stored.length]).toEqual([['o'], 1]);
    await client.advance('1m');
    expect(seen).toEqual(['o', 'soon']);
    await client.advance('1h');
    expect(seen).toEqual(['o', 'soon', 'late']);
    expect(client.stored.map(({ data }) => (data as { orderId: string }).orderId)).toEqual(seen);
  });

  it('can be taken back, and lives for its ttl from the delivery', async () => {
    const client = memory({ clock: 'manual' });
    await client.start(Orders);
    const short = Placed({ orderId: 'short' }, { ...later, ttl: '1m' });
    const taken = Placed({ orderId: 'taken' }, later);
    await client.publish([short, taken]);
    expect([await client.cancel(taken), await client.cancel(taken)]).toEqual([true, false]);
    await client.advance('60m');
    expect(client.stored.map(({ id }) => id)).toEqual([short.id]);
    await client.advance('61s');
    expect(client.stored).toEqual([]);
  });

  it('outlives the age of its stream, and goes when that is full', async () => {
    const client = memory({ clock: 'manual' });
    const Few = stream('FEW', {
      subjects: ['orders.>'],
      messages: [Placed],
      maxAge: '10m',
      maxMsgs: 2,
    });
    await client.start(Few);
    const messages = ['a', 'b', 'c'].map((orderId) => Placed({ orderId }, later));
    await client.publish(messages);
    await client.advance('1h');
    expect(client.stored.map(({ id }) => id)).toEqual(messages.slice(1).map(({ id }) => id));
  });

  it('is waited for by idle() when it is a retry, and not when it is a message for later', async () => {
    const client = memory();
    const attempts: number[] = [];
    const reader = worker('reader', { from: Orders }, [
      on(Placed, ({ attempt }, { retry }) => {
        attempts.push(attempt);
        if (attempt === 1) retry('2100ms');
      }),
      on(Charged, () => {}),
    ]);
    await client.start(reader);
    await client.publish([order, Placed({ orderId: 'o-2' }, later)]);
    await client.idle();
    expect(attempts).toEqual([1, 2]);
    await client.close();
  });
});

describe('stored', () => {
  it('has everything, read, oldest first, without dead letters', async () => {
    const client = memory();
    const picky = worker('picky', { from: Orders }, [
      on(Placed, (_, { reject }) => reject('no')),
      on(Charged, () => {}),
    ]);
    await client.start(picky);
    await client.publish([order, Charged({ orderId: 'o-2' })]);
    await client.inject('orders.placed.o-3', new TextEncoder().encode('{"orderId":"o-3"}'));
    await client.inject('orders.unknown', new Uint8Array([1, 2]));
    await client.idle();
    expect(client.stored.map(({ type, data, seq }) => [type, data, seq])).toEqual([
      ['Placed', { orderId: 'o-1' }, 1],
      ['Charged', { orderId: 'o-2' }, 2],
      ['Placed', { orderId: 'o-3' }, 3],
      ['', new Uint8Array([1, 2]), 4],
    ]);
    expect(
      client.deadLetters.map(({ subject, headers }) => [subject, headers['jl-reason']]),
    ).toEqual([
      ['_jl.dlq.ORDERS.picky', 'rejected'],
      ['_jl.dlq.ORDERS.picky', 'rejected'],
    ]);
    await client.close();
  });

  it('can be read after the client is closed', async () => {
    const client = memory();
    await client.start(Orders);
    await client.publish(order);
    await client.close();
    expect(client.stored).toHaveLength(1);
    await expect(client.inject('orders.x', new Uint8Array())).rejects.toMatchObject({
      code: 'CLOSED',
    });
  });
});

describe('with the real clock', () => {
  it('is idle once every retry is over', async () => {
    const attempts: number[] = [];
    const client = memory();
    const shaky = worker('shaky', { from: Orders, retry: { minDelay: '1ms', maxDelay: '20ms' } }, [
      on(Placed, async ({ attempt }) => {
        attempts.push(attempt);
        await delay(5);
        if (attempt < 4) throw new Error('not yet');
      }),
    ]);
    await client.start(shaky);
    await client.publish(order);
    await client.idle();
    expect(attempts).toEqual([1, 2, 3, 4]);
    await client.close();
  });

  it('is idle at once when nothing runs', async () => {
    const client = memory();
    await client.start(Orders);
    await client.publish(order);
    await client.idle();
    await expect(client.advance('1s')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await client.close();
  });
});

describe('with the manual clock', () => {
  it.each(['hold', 'skip', 'unordered'] as const)(
    'waits with a retry until the clock moves (%s)',
    async (way) => {
      const attempts: number[] = [];
      const client = memory({ clock: 'manual' });
      const lanes = way === 'unordered' ? {} : ({ orderBy: 'orderId', onFailure: way } as const);
      const shaky = worker(
        'shaky',
        { from: Orders, ...lanes, retry: { attempts: 3, minDelay: '10s', maxDelay: '20s' } },
        [
          on(Placed, async ({ attempt }) => {
            attempts.push(attempt);
            throw new Error('never');
          }),
        ],
      );
      await client.start(shaky);
      await client.publish(order);
      await client.idle();
      expect(attempts).toEqual([1]);
      await client.advance('10s');
      await client.advance('20s');
      expect(attempts).toEqual([1, 2, 3]);
      expect(client.deadLetters).toHaveLength(1);
      await client.close();
    },
  );

  it('awaits what handlers do before it moves on', async () => {
    const client = memory({ clock: 'manual' });
    const done: string[] = [];
    const slow = worker('slow', { from: Orders }, [
      on(Placed, async ({ data }) => {
        await delay(20);
        done.push(data.orderId);
        return Charged(data);
      }),
      onBatch(Charged, { size: 10, within: '1m' }, async (charged) => {
        await delay(20);
        done.push(`${charged.length} charged`);
      }),
    ]);
    await client.start(slow);
    await client.publish([order, Placed({ orderId: 'o-2' })]);
    await client.idle();
    expect(done).toEqual(['o-1', 'o-2']);
    await client.advance('1m');
    expect(done).toEqual(['o-1', 'o-2', '2 charged']);
    await client.close();
  });

  it('ends a handler that waits for its timeout', async () => {
    const client = memory({ clock: 'manual' });
    const stuck = worker('stuck', { from: Orders, timeout: '5s', retry: { attempts: 1 } }, [
      on(
        Placed,
        (_, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => reject(signal.reason)),
          ),
      ),
    ]);
    await client.start(stuck);
    await client.publish(order);
    await client.advance('5s');
    expect(client.deadLetters.map(({ headers }) => headers['jl-error-code'])).toEqual([
      'HANDLER_TIMEOUT',
    ]);
    await client.close();
  });

  it('closes although a handler hangs', async () => {
    const client = memory({ clock: 'manual' });
    let aborted = false;
    const stuck = worker('stuck', { from: Orders }, [
      on(Placed, (_, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      }),
    ]);
    await client.start(stuck);
    await client.publish(order);
    await client.advance('1ms');
    await client.close({ timeout: '50ms' });
    expect(aborted).toBe(true);
  });

  it('forgets ids and old messages as time passes', async () => {
    const Short = stream('SHORT', {
      subjects: ['orders.>'],
      messages: [Placed],
      maxAge: '1h',
      dedupeWindow: '1m',
    });
    const client = memory({ clock: 'manual' });
    await client.start(Short);
    const once = Placed({ orderId: 'o-1' }, { id: 'one' });
    await client.publish(once);
    expect((await client.publish(once)).duplicate).toBe(true);
    await client.advance('1m');
    expect((await client.publish(once)).duplicate).toBe(false);
    await client.advance('59m');
    expect(client.stored.map(({ seq }) => seq)).toEqual([2]);
    await client.close();
  });
});

it('lets workers run while a loop does nothing but publish', async () => {
  const Short = stream('SHORT', { subjects: ['orders.>'], messages: [Placed], maxMsgs: 1_000 });
  const client = memory();
  let seen = 0;
  await client.start(worker('reader', { from: Short }, [on(Placed, () => void seen++)]));
  for (let i = 0; i < 5_000; i++) await client.publish(Placed({ orderId: `o-${i}` }));
  await client.idle();
  expect(seen).toBe(5_000);
  await client.close();
});

it('refuses options that it does not have', () => {
  expect(() => memory({ clok: 'manual' } as never)).toThrowError(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('clok is no option: did you mean clock?'),
    }),
  );
  expect(() => memory({ clock: 'fast' as never })).toThrowError(
    /clock must be 'real' or 'manual', not 'fast'/,
  );
  expect(() => memory(null as never)).toThrowError(/must be an object/);
});

it('keeps its worlds apart', async () => {
  const [one, other] = [memory(), memory()];
  await one.start(Orders);
  await other.start(Orders);
  await one.publish(order);
  expect([one.stored.length, other.stored.length]).toEqual([1, 0]);
  await Promise.all([one.close(), other.close()]);
});
