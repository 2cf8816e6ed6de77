import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NatsDelivery } from './nats-delivery.ts';
import { Redeliveries } from './redeliveries.ts';

const settled: string[] = [];
let missing: Redeliveries;

beforeEach(() => {
  vi.useFakeTimers();
  settled.length = 0;
  missing = new Redeliveries(3_000);
});

afterEach(() => {
  missing.stop();
  vi.useRealTimers();
});

const delivery = (seq: number) =>
  ({
    seq,
    working: () => settled.push(`working ${seq}`),
    nak: () => settled.push(`nak ${seq}`),
    forget: () => {},
  }) as unknown as NatsDelivery;

function add(...seqs: number[]) {
  for (const seq of seqs) missing.add(delivery(seq));
}

const handedOver = () => {
  const seqs: number[] = [];
  for (let next = missing.next(); next !== undefined; next = missing.next()) seqs.push(next.seq);
  return seqs;
};

describe('Redeliveries', () => {
  it('hands over in the order of the stream, once a new message shows that nothing is missing', () => {
    missing.gather(9);
    add(8, 9, 3, 5);
    expect([missing.gathering, handedOver()]).toEqual([true, []]);
    add(10);
    expect([missing.gathering, handedOver(), missing.holdsBack]).toEqual([
      false,
      [3, 5, 8, 9, 10],
      false,
    ]);
  });

  it('hands over when the server has no more', () => {
    missing.gather(9);
    add(8, 3);
    missing.exhausted();
    expect(handedOver()).toEqual([3, 8]);
  });

  it('hands over once all that is out has come, and what came too early after it', () => {
    missing.collect(9, 3);
    add(8, 3);
    expect([missing.collecting, missing.holdsBack, handedOver()]).toEqual([true, true, []]);
    expect([missing.add(delivery(12)), missing.add(delivery(5))]).toEqual([false, true]);
    expect([missing.collecting, handedOver()]).toEqual([false, [3, 5, 8, 12]]);
  });

  it('holds on to what came when not all of it did, until the rest is gathered', () => {
    missing.collect(9, 3);
    add(8, 10);
    missing.abandon();
    expect([missing.collecting, missing.holdsBack, handedOver()]).toEqual([false, true, []]);
    missing.gather(9);
    add(3, 5);
    missing.exhausted();
    expect(handedOver()).toEqual([3, 5, 8, 10]);
  });

  it('hands over what came when nothing is missing after all', () => {
    missing.collect(9, 3);
    add(10);
    missing.release();
    expect(handedOver()).toEqual([10]);
  });

  it('keeps what comes later behind what waits', () => {
    missing.gather(9);
    add(8, 3, 10);
    expect(missing.next()?.seq).toBe(3);
    expect(missing.holdsBack).toBe(true);
    add(11, 8);
    expect(handedOver()).toEqual([8, 10, 11]);
  });

  it('goes on with what it holds when more is missing', () => {
    missing.gather(9);
    add(8, 10);
    missing.gather(12);
    expect(handedOver()).toEqual([]);
    add(12, 9, 13);
    expect(handedOver()).toEqual([8, 9, 10, 12, 13]);
  });

  it('renews the ack wait of what it holds, and gives it back in order when it stops', () => {
    missing.gather(9);
    add(8, 3);
    vi.advanceTimersByTime(1_000);
    missing.stop();
    vi.advanceTimersByTime(9_000);
    expect(settled).toEqual(['working 8', 'working 3', 'nak 3', 'nak 8']);
  });
});
