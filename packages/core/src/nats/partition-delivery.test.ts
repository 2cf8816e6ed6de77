import { describe, expect, it } from 'vitest';
import type { Delivery } from '../bus.ts';
import { PartitionDelivery } from './partition-delivery.ts';

const SOURCE =
  'ORDERS 42 orders.placed.* {{partition(4,1)}}.orders.placed.{{wildcard(1)}} orders.placed.a ident';

/** A copy in a queue, what the server is told, and how it was settled. */
function copied(headers: Readonly<Record<string, string>> = { 'Nats-Stream-Source': SOURCE }) {
  const told: string[] = [];
  const settled: string[] = [];
  const copy = {
    seq: 7,
    subject: '3.orders.placed.a',
    timeMs: 1_000,
    header: (name: string) => headers[name],
    ack: () => told.push('ack'),
    nak: (delayMs: number) => told.push(`nak ${delayMs}`),
    term: (reason: string) => told.push(`term ${reason}`),
    working: () => told.push('working'),
  } as unknown as Delivery;
  const delivery = new PartitionDelivery(copy, 'pin', (_, how) => settled.push(how));
  return { delivery, told, settled };
}

describe('a message of a partition', () => {
  it('has its place in the stream, and its place in the queue apart', () => {
    const { delivery } = copied();
    expect(delivery).toMatchObject({ seq: 42, subject: 'orders.placed.a', queueSeq: 7 });
  });

  it('has the place of its copy where the server names no other', () => {
    expect(copied({}).delivery).toMatchObject({ seq: 7, subject: 'orders.placed.a' });
  });

  it.each([
    ['2026-01-02T03:04:05.600Z', Date.parse('2026-01-02T03:04:05.600Z')],
    ['yesterday', 1_000],
  ])('has the time of its event, or else of its copy: %s', (time, ms) => {
    expect(copied({ 'ce-time': time }).delivery.timeMs).toBe(ms);
  });

  it.each<[string, (delivery: PartitionDelivery) => void, string[], string]>([
    ['acknowledged', (one) => one.ack(), ['ack'], 'done'],
    ['ended', (one) => one.term('no'), ['term no'], 'done'],
    ['given back', (one) => one.nak(0), ['nak 0'], 'returned'],
    ['let go of', (one) => one.drop(), [], 'returned'],
  ])('is settled once when it is %s', (_, settle, words, how) => {
    const { delivery, told, settled } = copied();
    settle(delivery);
    settle(delivery);
    delivery.ack();
    delivery.working();
    expect(told).toEqual(words);
    expect(settled).toEqual([how]);
  });
});
