import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OrderBarrier, type Standing } from './order-barrier.ts';

const ACK_WAIT_MS = 10_000;

let look: () => Promise<Standing>;
let looks: number;
let told: (string | number)[];
let barrier: OrderBarrier;

beforeEach(() => {
  vi.useFakeTimers();
  look = async () => ({ ackFloor: 10, delivered: 15 });
  looks = 0;
  told = [];
  barrier = new OrderBarrier({
    ackWaitMs: ACK_WAIT_MS,
    look: () => {
      looks++;
      return look();
    },
    lifted: () => told.push('lifted'),
    overdue: (deliveredBefore) => told.push(deliveredBefore),
  });
});

afterEach(() => {
  barrier.stop();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('OrderBarrier', () => {
  it('comes down soon when all is acked that was delivered', async () => {
    look = async () => ({ ackFloor: 15, delivered: 15 });
    barrier.raise();
    expect(barrier.up).toBe(true);
    await pass(1_000);
    expect([barrier.up, told, looks]).toEqual([false, ['lifted'], 1]);
  });

  it('looks at once where nothing can be on its way', async () => {
    look = async () => ({ ackFloor: 15, delivered: 15 });
    barrier.raise(0);
    await pass(1);
    expect([barrier.up, told]).toEqual([false, ['lifted']]);
  });

  it('comes down when all that was delivered before is acked, whatever came after', async () => {
    barrier.raise();
    await pass(1_000);
    look = async () => ({ ackFloor: 14, delivered: 90 });
    await pass(1_000);
    expect(barrier.up).toBe(true);
    look = async () => ({ ackFloor: 15, delivered: 90 });
    await pass(1_000);
    expect([barrier.up, told]).toEqual([false, ['lifted']]);
  });

  it('is overdue after one ack wait, however often it is raised meanwhile', async () => {
    barrier.raise();
    for (let count = 0; count < 9; count++) {
      await pass(1_000);
      barrier.raise();
    }
    expect(barrier.up).toBe(true);
    await pass(1_500);
    expect([barrier.up, told]).toEqual([false, [15]]);
  });

  it('asks again when the server does not answer', async () => {
    look = async () => {
      look = async () => ({ ackFloor: 1, delivered: 1 });
      throw new Error('no');
    };
    barrier.raise();
    await pass(1_000);
    expect([barrier.up, told, looks]).toEqual([false, ['lifted'], 2]);
  });

  it('stays up until the server has said how far it had come', async () => {
    look = () => Promise.reject(new Error('no'));
    barrier.raise();
    await pass(3 * ACK_WAIT_MS);
    expect([barrier.up, told]).toEqual([true, []]);
    look = async () => ({ ackFloor: 10, delivered: 15 });
    await pass(1_000);
    expect([barrier.up, told]).toEqual([false, [15]]);
  });

  it('says nothing once it is stopped', async () => {
    barrier.raise();
    barrier.stop();
    await pass(2 * ACK_WAIT_MS);
    expect([barrier.up, told]).toEqual([false, []]);
  });
});
