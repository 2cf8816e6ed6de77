import { describe, expect, it } from 'vitest';
import type { NatsDelivery } from './nats-delivery.ts';
import { Strays } from './strays.ts';

function setUp(filters: readonly string[], live: () => Promise<readonly string[]>, room = 256) {
  const told: string[] = [];
  const strays = new Strays({ stream: 'ORDERS', filters, room, look: live });
  const put = (subject: string) => {
    const ack = () => told.push(`ack ${subject}`);
    const delivery = { subject, ack, drop: () => {} } as unknown as NatsDelivery;
    strays.put(
      delivery,
      () => told.push(`skipped ${subject}`),
      (taken) => told.push(`taken ${taken.subject}`),
    );
  };
  return { strays, told, put };
}

describe('strays', () => {
  it.each([
    ['orders.*', 'orders.1', true],
    ['orders.*', 'orders.1.2', false],
    ['orders.*', 'order.1', false],
    ['orders.*.*', 'orders.1.2', true],
    ['orders.*.*', 'orders.1', false],
    ['orders.>', 'orders.1.2', true],
    ['orders.new', 'orders.new', true],
    ['orders.new', 'orders.new.1', false],
    ['*.new', 'orders.new', true],
    ['*.new', 'orders.old', false],
    ['a.*.b.>', 'a.1.b.c.d', true],
    ['a.*.b.>', 'a.1.c.d', false],
  ])('%s takes %s: %s', (pattern, subject, expected) => {
    for (const filters of [[pattern], ['other.>', pattern]]) {
      const { strays } = setUp(filters, async () => []);
      expect(strays.takes(subject)).toBe(expected);
    }
  });

  it("acks Jetlane's own messages for others at once", () => {
    const { told, put } = setUp(['orders.>'], () => Promise.reject(new Error('not asked')));
    put('_jl.ORDERS.other.orders.1');
    expect(told).toEqual(['ack _jl.ORDERS.other.orders.1', 'skipped _jl.ORDERS.other.orders.1']);
  });

  it('asks at once where few of them fill the room', async () => {
    let asked = 0;
    const look = async () => [`asked.${++asked}`];
    const { told, put } = setUp(['orders.>'], look, 4);
    for (const subject of ['audit.1', 'audit.2', 'audit.3']) {
      put(subject);
      await expect.poll(() => told.at(-1), { interval: 0 }).toBe(`skipped ${subject}`);
    }
    expect(asked).toBe(3);
  });

  it('acks what the consumer does not take, asked once for all that come at a time', async () => {
    let asked = 0;
    const { told, put } = setUp(['orders.>'], async () => [`asked.${++asked}`, 'orders.>']);
    for (const subject of ['audit.1', 'audit.2', 'audit.3']) {
      put(subject);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toEqual([]);
    await expect.poll(() => told.length).toBe(6);
    expect(told).toContain('ack audit.3');
    expect(asked).toBe(1);
  });

  it('gives the worker what a newer process of it takes by now', async () => {
    const { told, put } = setUp(['orders.>'], async () => ['orders.>', 'audit.*']);
    put('audit.1');
    await expect.poll(() => told).toEqual(['taken audit.1']);
  });

  it('leaves what nobody knows to come again', async () => {
    const { told, put } = setUp(['orders.>'], () => Promise.reject(new Error('away')));
    put('audit.1');
    await expect.poll(() => told).toEqual(['skipped audit.1']);
  });
});
