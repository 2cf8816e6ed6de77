/** Dead letters, and what can be done with them and with durables. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  ActionAnswer,
  DeadLettersAnswer,
  LetterDetail,
  LettersAnswer,
  Snapshot,
} from '../src/wire.ts';
import { OrderPlaced, type Stage, shop, stage, until } from './shop.ts';

let on: Stage;

beforeAll(async () => {
  on = await stage();
  await on.client.start(shop);
  const totals = [13, 13, 13, 14, 14];
  await on.client.publish(
    totals.map((total, index) => OrderPlaced({ orderId: `bad-${index}`, total })),
  );
  await until('five dead letters', async () => (await groups()).looked === 5);
});
afterAll(() => on[Symbol.asyncDispose]());

const groups = () => on.read<DeadLettersAnswer>('api/dead-letters');
const consumer = async (name: string) => {
  const { streams } = await on.read<Snapshot>('api/snapshot');
  return streams.flatMap(({ consumers }) => consumers).find((each) => each.name === name);
};

describe('dead letters', () => {
  it('are grouped by worker and error, with samples', async () => {
    const answer = await groups();
    expect(answer).toMatchObject({ in: 'DLQ', complete: true, gaps: [] });
    expect(answer.groups).toMatchObject([
      {
        stream: 'ORDERS',
        worker: 'billing',
        reason: 'rejected',
        error: 'unlucky <b>13</b>',
        count: 3,
      },
      { worker: 'billing', reason: 'attempts-exhausted', error: 'no card', count: 2 },
    ]);
    expect(answer.groups[0]?.samples.map(({ subject }) => subject)).toEqual([
      'orders.placed.bad-2',
      'orders.placed.bad-1',
      'orders.placed.bad-0',
    ]);
    const { totals, deadLetters } = await on.read<Snapshot>('api/snapshot');
    expect(totals.deadLetters).toBe(5);
    expect(deadLetters).toEqual([{ name: 'DLQ', count: 5, exact: true }]);
  });

  it('are listed page by page, and shown one by one', async () => {
    const group = 'worker=billing&reason=rejected';
    const first = await on.read<LettersAnswer>(`api/letters?${group}&limit=2`);
    expect(first.letters).toHaveLength(2);
    const rest = await on.read<LettersAnswer>(`api/letters?${group}&limit=2&after=${first.next}`);
    expect(rest.letters).toHaveLength(1);
    expect(rest.next).toBeNull();
    const seq = first.letters[0]?.seq;
    const letter = await on.read<LetterDetail>(`api/letter?seq=${seq}`);
    expect(letter.row).toMatchObject({ type: 'OrderPlaced', attempts: 1, replays: 0 });
    expect(letter.body.kind).toBe('contract');
    expect(JSON.parse(letter.body.text)).toEqual({ orderId: 'bad-0', total: 13 });
    expect(letter.commands[0]?.command).toContain(`dlq show`);
    expect(await on.refused('api/letter?seq=99999')).toMatchObject({ status: 404 });
    expect((await on.refused('api/letter')).words).toBe('seq is missing');
  });

  it('of a stream that keeps none are none', async () => {
    expect(await on.read('api/dead-letters?in=ORDERS')).toMatchObject({ groups: [], looked: 0 });
    expect(await on.read('api/dead-letters?in=NONE')).toMatchObject({ groups: [], looked: 0 });
    expect(await on.refused('api/letter?in=ORDERS&seq=1')).toMatchObject({ status: 404 });
  });

  it('are sent back to their worker', async () => {
    const wanted = { worker: 'billing', reason: 'attempts-exhausted' };
    const answer = await on.act<ActionAnswer>('replay', wanted);
    expect(answer).toEqual({ words: '2 dead letters sent back.', count: 2, skipped: [] });
    await until('they failed again', async () => {
      const { groups: now } = await groups();
      return now.find(({ reason }) => reason === wanted.reason)?.samples[0]?.replays === 1;
    });
    expect(await on.act('replay', { ...wanted, errorCode: 'OTHER' })).toMatchObject({ count: 0 });
  });

  it('that are gone are said to be', async () => {
    const answer = await on.act<ActionAnswer>('replay', { seq: 99_999 });
    expect(answer).toMatchObject({ count: 0, skipped: [{ seq: 99_999 }] });
    expect(answer.skipped[0]?.why).toContain('there is no dead letter 99999');
    expect(await on.actRefused('forget', { seq: 99_999 })).toMatchObject({ status: 404 });
  });

  it('are forgotten, those that are meant and no others', async () => {
    const answer = await on.act<ActionAnswer>('forget', { worker: 'billing', reason: 'rejected' });
    expect(answer).toEqual({ words: '3 dead letters forgotten.', count: 3, skipped: [] });
    expect((await groups()).groups.map(({ reason }) => reason)).toEqual(['attempts-exhausted']);
    expect(await on.actRefused('forget', { in: 'ORDERS', seq: 1 })).toMatchObject({ status: 404 });
    expect((await on.connection.jsm.streams.info('ORDERS')).state.first_seq).toBe(1);
  });

  it('are never meant all at once, nor by a slip of the hand', async () => {
    for (const body of [{}, { in: 'DLQ' }, { wroker: 'billing' }, { to: 'worker' }])
      for (const action of ['replay', 'forget'])
        expect(await on.actRefused(action, body)).toMatchObject({ status: 400 });
    expect(await on.actRefused('replay', { seq: 1, rate: 0 })).toMatchObject({ status: 400 });
    expect(await on.actRefused('replay', { seq: 1, to: 'nowhere' })).toMatchObject({ status: 400 });
  });
});

describe('pausing', () => {
  it('stops a worker for a while, and lets it go on', async () => {
    const target = { stream: 'ORDERS', worker: 'billing' };
    const paused = await on.act<ActionAnswer>('pause', { ...target, forMs: 3_600_000 });
    expect(paused.words).toBe('billing on ORDERS is paused for 1 hour.');
    await until('it is seen', async () => (await consumer('billing'))?.paused !== null);
    expect((await consumer('billing'))?.paused?.untilMs).toBeGreaterThan(Date.now());
    expect(await on.act('resume', target)).toMatchObject({ words: 'billing on ORDERS runs.' });
    await until('it runs', async () => (await consumer('billing'))?.paused === null);
  });

  it('stops all partitions of a worker, until it is resumed', async () => {
    const target = { stream: 'ORDERS', worker: 'audit' };
    const { words, count } = await on.act<ActionAnswer>('pause', { ...target, forMs: null });
    expect(count).toBe(3);
    expect(words).toBe('audit on ORDERS (3 partitions) is paused until it is resumed.');
    await until('it is seen', async () => (await consumer('p2'))?.paused !== null);
    expect((await consumer('p2'))?.paused).toEqual({ untilMs: null });
    await on.act('resume', target);
    await until('it runs', async () => (await consumer('p2'))?.paused === null);
  });

  it('stops one durable, of other programs too', async () => {
    const { jsm } = on.connection;
    await jsm.consumers.add('ORDERS', { durable_name: 'others', ack_policy: 'explicit' } as object);
    const target = { stream: 'ORDERS', consumer: 'others' };
    const { words } = await on.act<ActionAnswer>('pause', { ...target, forMs: 90_000 });
    expect(words).toBe('others on ORDERS is paused for 90 seconds.');
    expect((await jsm.consumers.info('ORDERS', 'others')).paused).toBe(true);
    await on.act('resume', target);
    await until('it runs', async () => !(await jsm.consumers.info('ORDERS', 'others')).paused);
    expect(await on.act('resume', target)).toMatchObject({ words: 'others on ORDERS runs.' });
  });

  it('is refused in words where it makes no sense', async () => {
    const orders = { stream: 'ORDERS' };
    const refusals = [
      [{ ...orders, worker: 'billing' }, 'forMs is missing'],
      [{ ...orders, worker: 'billing', forMs: 10 }, 'forMs must be a whole number from 1000'],
      [{ ...orders, forMs: null }, 'give consumer'],
      [{ ...orders, worker: 'a', consumer: 'b', forMs: null }, 'give consumer'],
      [{ ...orders, worker: 'nobody', forMs: null }, "no worker 'nobody'"],
    ] as const;
    for (const [body, words] of refusals) {
      const refusal = await on.actRefused('pause', body);
      expect(refusal.status).toBe(400);
      expect(refusal.words).toContain(words);
    }
    const none = { ...orders, consumer: 'none', forMs: null };
    expect(await on.actRefused('pause', none)).toMatchObject({ status: 404 });
  });
});
