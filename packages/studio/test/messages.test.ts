/** The message browser, on streams that allow direct reads and on one that does not. */
import { headers as makeHeaders } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageDetail, MessagesAnswer } from '../src/wire.ts';
import { OrderPaid, OrderPlaced, Orders, type Stage, stage } from './shop.ts';

let on: Stage;
let betweenMs = 0;

beforeAll(async () => {
  on = await stage();
  const { js, jsm } = on.connection;
  await on.client.start(Orders);
  for (let i = 1; i <= 30; i++)
    await on.client.publish(
      i % 10 === 0
        ? OrderPaid({ orderId: `o-${i}` })
        : OrderPlaced({ orderId: `o-${i}`, total: i }),
    );
  await jsm.streams.add({ name: 'PLAIN', subjects: ['plain.>'], allow_direct: false });
  await jsm.streams.add({ name: 'FOREIGN', subjects: ['foreign.>'], allow_direct: true });
  for (let i = 1; i <= 300; i++)
    await js.publish(i % 25 === 0 ? 'plain.rare' : 'plain.often', `${i}`);
  for (let i = 1; i <= 5; i++) await js.publish('foreign.a', `${i}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  betweenMs = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (let i = 6; i <= 10; i++) await js.publish('foreign.b', `${i}`);
});
afterAll(() => on[Symbol.asyncDispose]());

const page = (query: string) => on.read<MessagesAnswer>(`api/messages?${query}`);
const seqs = ({ messages }: MessagesAnswer) => messages.map(({ seq }) => seq);
const down = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, index) => from - index);

describe('browsing', () => {
  it('begins with the newest, and goes on with older ones to the end', async () => {
    const first = await page('stream=ORDERS&limit=12');
    expect(seqs(first)).toEqual(down(30, 19));
    const second = await page(`stream=ORDERS&limit=12&seq=${first.older}`);
    expect(seqs(second)).toEqual(down(18, 7));
    const third = await page(`stream=ORDERS&limit=12&seq=${second.older}`);
    expect(seqs(third)).toEqual(down(6, 1));
    expect(third.older).toBeNull();
    const back = await page(`stream=ORDERS&limit=12&seq=${second.newer}&direction=newer`);
    expect(seqs(back)).toEqual(seqs(first));
    expect(back.newer).toBe(31);
    expect(seqs(await page('stream=ORDERS&seq=31&direction=newer'))).toEqual([]);
  });

  it('finds what a filter means, both ways', async () => {
    const paid = await page('stream=ORDERS&subject=orders.paid.*&limit=2');
    expect(seqs(paid)).toEqual([30, 20]);
    const rest = await page(`stream=ORDERS&subject=orders.paid.*&limit=2&seq=${paid.older}`);
    expect(seqs(rest)).toEqual([10]);
    const newer = await page('stream=ORDERS&subject=orders.paid.*&direction=newer&limit=2');
    expect(seqs(newer)).toEqual([20, 10]);
    expect(newer.newer).toBe(21);
    const none = await page('stream=ORDERS&subject=orders.none');
    expect(none).toMatchObject({ messages: [], older: null });
  });

  it('finds what was stored at a time', async () => {
    const after = await page(`stream=FOREIGN&time=${betweenMs}&direction=newer`);
    expect(seqs(after)).toEqual(down(10, 6));
    const before = await page(`stream=FOREIGN&time=${new Date(betweenMs).toISOString()}`);
    expect(seqs(before)).toEqual(down(5, 1));
    const later = await page(`stream=FOREIGN&time=${Date.now() + 60_000}&direction=newer`);
    expect(later.messages).toEqual([]);
  });

  it('works on a stream that allows no direct reads', async () => {
    const rare = await page('stream=PLAIN&subject=plain.rare&limit=5');
    expect(seqs(rare)).toEqual([300, 275, 250, 225, 200]);
    const rest = await page(`stream=PLAIN&subject=plain.rare&seq=${rare.older}`);
    expect(seqs(rest)).toEqual([175, 150, 125, 100, 75, 50, 25]);
    expect(rest.older).toBeNull();
    const newer = await page('stream=PLAIN&direction=newer&limit=3&seq=290');
    expect(seqs(newer)).toEqual([292, 291, 290]);
    const detail = await on.read<MessageDetail>('api/message?stream=PLAIN&seq=25');
    expect(detail).toMatchObject({ previous: 24, next: 26, body: { text: '25' } });
  });

  it('steps over what was deleted meanwhile', async () => {
    const { jsm } = on.connection;
    await jsm.streams.deleteMessage('FOREIGN', 9);
    expect(seqs(await page('stream=FOREIGN&limit=3'))).toEqual([10, 8, 7]);
    expect(await on.refused('api/message?stream=FOREIGN&seq=9')).toMatchObject({
      status: 404,
      words:
        'Message 9 is not in stream FOREIGN any more: it was deleted, acknowledged or replaced.',
    });
    expect(await on.read('api/message?stream=FOREIGN&seq=10')).toMatchObject({ previous: 8 });
    expect((await on.refused('api/message?stream=FOREIGN&seq=99')).words).toContain(
      'has no message',
    );
  });

  it('leaves no consumer behind', async () => {
    for (const name of ['ORDERS', 'PLAIN', 'FOREIGN']) {
      const { state } = await on.connection.jsm.streams.info(name);
      expect(state.consumer_count).toBe(0);
    }
  });
});

describe('a message', () => {
  it('is checked by its contract', async () => {
    const detail = await on.read<MessageDetail>('api/message?stream=ORDERS&seq=3');
    expect(detail.row).toMatchObject({ type: 'OrderPlaced', subject: 'orders.placed.o-3' });
    expect(detail.body).toMatchObject({ kind: 'contract', cut: null, problem: null });
    expect(JSON.parse(detail.body.text)).toEqual({ orderId: 'o-3', total: 3 });
    const names = detail.headers.map(([name]) => name);
    expect(names).toContain('ce-type');
    expect(names).not.toContain('Nats-Sequence');
    expect(detail.commands[1]?.command).toContain('stream get ORDERS 3');
  });

  it('that breaks its contract is shown all the same, with the reason', async () => {
    const { js } = on.connection;
    const { seq } = await js.publish('orders.placed.bad', JSON.stringify({ orderId: 7 }));
    const { row, body } = await on.read<MessageDetail>(`api/message?stream=ORDERS&seq=${seq}`);
    expect(row.type).toBe('OrderPlaced');
    expect(body).toMatchObject({ kind: 'json', text: '{\n  "orderId": 7\n}' });
    expect(body.problem).toContain('OrderPlaced');
  });

  it('keeps headers in their order, repeated ones too, and what looks like the server’s own', async () => {
    const headers = makeHeaders();
    headers.append('tenant', 'a');
    headers.append('tenant', 'b');
    headers.set('Nats-Sequence', 'mine');
    const { seq } = await on.connection.js.publish('foreign.h', 'x', { headers });
    const detail = await on.read<MessageDetail>(`api/message?stream=FOREIGN&seq=${seq}`);
    expect(detail.headers).toEqual(
      expect.arrayContaining([
        ['tenant', 'a'],
        ['tenant', 'b'],
        ['Nats-Sequence', 'mine'],
      ]),
    );
    expect(detail.headers).toHaveLength(3);
  });

  it('with markup everywhere arrives as JSON text, and as no page', async () => {
    const markup = '<img/src=x/onerror=alert(1)>';
    const headers = makeHeaders();
    headers.set('x', markup);
    headers.set('ce-type', '<script>');
    const { seq } = await on.connection.js.publish(`foreign.${markup}`, `{"a":"${markup}"}`, {
      headers,
    });
    const url = new URL(`api/message?stream=FOREIGN&seq=${seq}`, on.studio.url);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const detail = (await response.json()) as MessageDetail;
    expect(detail.subject).toBe(`foreign.${markup}`);
    expect(detail.row.type).toBe('<script>');
    expect(JSON.parse(detail.body.text)).toEqual({ a: markup });
    expect(detail.commands[1]?.command).not.toContain('onerror');
    expect(detail.commands[0]?.command).toContain(`'foreign.${markup}'`);
  });

  it('of many megabytes does not fill a page', async () => {
    const { js, jsm } = on.connection;
    await jsm.streams.add({ name: 'LARGE', subjects: ['large'], allow_direct: true });
    for (let i = 0; i < 40; i++) await js.publish('large', new Uint8Array(1_000_000));
    const older = await page('stream=LARGE&limit=200');
    expect(older.messages.length).toBeLessThan(20);
    expect(older.messages[0]?.seq).toBe(40);
    expect(older.cutShort).toContain('large');
    const next = await page(`stream=LARGE&limit=200&seq=${older.older}`);
    expect(next.messages[0]?.seq).toBe(older.older);
    const newer = await page('stream=LARGE&limit=200&direction=newer');
    expect(newer.messages.at(-1)?.seq).toBe(1);
    expect(newer.cutShort).toContain('large');
    expect(newer.newer).toBe((newer.messages[0]?.seq ?? 0) + 1);
  });
});

describe('a wrong question', () => {
  it.each([
    ['', 'stream is missing'],
    ['stream=ORDERS&limit=100000', 'limit must be a whole number from 1 to 200'],
    ['stream=ORDERS&seq=-1', 'seq must be a whole number'],
    ['stream=ORDERS&seq=1&time=1', 'exclude each other'],
    ['stream=ORDERS&time=soon', 'is no time'],
    ['stream=ORDERS&subject=a..b', 'is no filter'],
    ['stream=ORDERS&direction=up', 'direction must be older or newer'],
    ['stream=ORDERS.*', 'is no name'],
    ['stream=ORDERS&nonsense=1', "'nonsense' is not known here"],
  ])('%s is refused in words', async (query, words) => {
    const refusal = await on.refused(`api/messages?${query}`);
    expect(refusal).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(refusal.words).toContain(words);
  });

  it('about an unknown stream is a 404', async () => {
    expect(await on.refused('api/messages?stream=NONE')).toMatchObject({ status: 404 });
  });
});
