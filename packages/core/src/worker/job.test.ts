import { describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.ts';
import type { Delivery } from '../bus.ts';
import { ManualClock } from '../memory/manual-clock.ts';
import { heartbeat } from './heartbeat.ts';
import { Job } from './job.ts';
import { toRetryPolicy } from './retry-policy.ts';

const spec = { retry: toRetryPolicy(), ackWaitMs: 30_000 };

/** A job whose heartbeats are noted; `confirm` answers the oldest. */
function held(deliveryCount = 1) {
  const clock = new ManualClock();
  const sent: (() => void)[] = [];
  const delivery = (count: number) =>
    ({
      subject: 'orders.placed.o-1',
      deliveryCount: count,
      working: (renewed = () => {}) => void sent.push(renewed),
    }) as unknown as Delivery;
  const job = new Job(delivery(deliveryCount), 'orders.placed.o-1', spec, {
    nowMs: clock.monotonic(),
    renewedMs: clock.monotonic(),
  });
  return {
    job,
    clock,
    pass: (byMs: number) => advance(clock, byMs),
    lost: () => job.lost(clock.monotonic()),
    beat: () => heartbeat(10_000, clock, () => [job]),
    confirm: () => sent.shift()?.(),
    again: (count: number) => job.adopt(delivery(count), clock.monotonic()),
  };
}

describe('a job', () => {
  it('is lost when nothing renewed it for a whole ack wait', () => {
    const { lost, pass } = held();
    pass(29_999);
    expect(lost()).toBe(false);
    pass(1);
    expect(lost()).toBe(true);
  });

  it('is kept by heartbeats that the server confirms, counted from when they were sent', () => {
    const { lost, pass, beat, confirm } = held();
    beat();
    pass(10_000);
    pass(5_000);
    confirm();
    pass(24_999);
    expect(lost()).toBe(false);
    pass(1);
    expect(lost()).toBe(true);
  });

  it('is lost though heartbeats are sent, when none is confirmed', () => {
    const { lost, pass, beat } = held();
    beat();
    pass(30_000);
    expect(lost()).toBe(true);
  });

  it('stays lost when a heartbeat is confirmed too late', () => {
    const { lost, pass, beat, confirm } = held();
    beat();
    pass(10_000);
    pass(20_000);
    confirm();
    expect(lost()).toBe(true);
  });

  it('is no longer lost once the server delivers it here again', () => {
    const { job, lost, pass, again } = held();
    pass(30_000);
    again(2);
    expect(lost()).toBe(false);
    expect(job.attempt).toBe(2);
  });
});
