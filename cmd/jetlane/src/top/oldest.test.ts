import type { Connection } from '@jetlane/core';
import { expect, it } from 'vitest';
import { aConsumer, aReading, aStream } from '../../test/readings.ts';
import { ageFinder } from './oldest.ts';

/** A server whose messages are stored at their sequence as a time; counts what it is asked. */
function server(firstOf: (filter: string, seq: number) => number | null = (_, seq) => seq) {
  const asked: string[] = [];
  const answer = async (stream: string, query: { seq: number; next_by_subj: string }) => {
    asked.push(`${stream} ${query.seq} ${query.next_by_subj}`);
    const seq = firstOf(query.next_by_subj, query.seq);
    return seq === null ? null : { seq, time: new Date(seq) };
  };
  const jsm = { direct: { getMessage: answer }, streams: { getMessage: answer } };
  return { asked, finder: ageFinder({ jsm } as unknown as Pick<Connection, 'jsm'>) };
}

const waiting = (floorSeq: number, changes = {}) =>
  aConsumer('billing', { lag: 1, floorSeq, atMs: 1000, ...changes });
const reading = (consumer = waiting(99), changes = {}) =>
  aReading([aStream('ORDERS', { consumers: [consumer], ...changes })]);

it('is the age of the first message after the ack floor that matches', async () => {
  const { finder, asked } = server((filter, seq) => (filter === 'a' ? seq + 50 : seq + 7));
  const ages = await finder.find(reading(waiting(99, { filters: ['a', 'b'] })));
  expect(asked).toEqual(['ORDERS 100 a', 'ORDERS 100 b']);
  expect([...ages]).toEqual([['ORDERS billing', 1000 - 107]]);
});

it('is asked for once for as long as the floor stays, and grows', async () => {
  const { finder, asked } = server();
  await finder.find(reading());
  const ages = await finder.find(reading(waiting(99, { atMs: 3000 })));
  expect(ages.get('ORDERS billing')).toBe(2900);
  expect(asked).toHaveLength(1);
  await finder.find(reading(waiting(120)));
  expect(asked).toEqual(['ORDERS 100 >', 'ORDERS 121 >']);
});

it('is not looked for where nothing waits, or where messages are large', async () => {
  const { finder, asked } = server();
  expect((await finder.find(reading(waiting(99, { lag: 0 })))).size).toBe(0);
  const large = { messages: 2, bytes: 1e6 };
  expect((await finder.find(reading(waiting(99), large))).size).toBe(0);
  expect(asked).toEqual([]);
});

it('is nothing where it was settled meanwhile, or cannot be read', async () => {
  expect((await server(() => null).finder.find(reading())).size).toBe(0);
  const refuses = server(() => {
    throw new Error('permissions violation');
  });
  expect((await refuses.finder.find(reading())).size).toBe(0);
});

it('is looked for again where it could not be read, though the floor stands still', async () => {
  let away = true;
  const { finder } = server((_, seq) => {
    if (away) throw new Error('timeout');
    return seq;
  });
  expect((await finder.find(reading())).size).toBe(0);
  away = false;
  expect([...(await finder.find(reading()))]).toEqual([['ORDERS billing', 900]]);
});

it('is not for ever that of a message that went without being settled', async () => {
  let first = 100;
  const { finder } = server(() => first);
  const later = (atMs: number) => ({ ...reading(waiting(99, { atMs })), atMs });
  expect([...(await finder.find(later(1_000)))]).toEqual([['ORDERS billing', 900]]);
  first = 20_000; // those before it have expired
  expect([...(await finder.find(later(40_000)))]).toEqual([['ORDERS billing', 20_000]]);
});

it('takes a bounded number of reads a look, and comes to the others later', async () => {
  const { finder, asked } = server();
  const many = (floorSeq: number) =>
    aReading([
      aStream('ORDERS', {
        consumers: Array.from({ length: 60 }, (_, index) =>
          aConsumer(`c${index}`, { lag: 1, floorSeq, atMs: 1000 }),
        ),
      }),
    ]);
  expect((await finder.find(many(9))).size).toBe(24);
  expect((await finder.find(many(9))).size).toBe(48);
  expect((await finder.find(many(9))).size).toBe(60);
  expect(asked).toHaveLength(60);
});
