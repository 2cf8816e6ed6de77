import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OrderBarrier, type Standing } from './order-barrier.ts';

const ACK_WAIT_MS = 10_000;
const quiet = { waiting: 0, ackPending: 0, leader: undefined };

let look: () => Promise<Standing>;
let looks: number;
let told: (string | number)[];
let barrier: OrderBarrier;

beforeEach(() => {
  vi.useFakeTimers();
  look = async () => ({ ackFloor: 10, delivered: 15, ...quiet });
  looks = 0;
  told = [];
  barrier = new OrderBarrier({
    ackWaitMs: ACK_WAIT_MS,
    look: () => {
      looks++;
      return look();
    },
    behind: ({ ackPending }) => told.push(`behind ${ackPending}`),
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
    look = async () => ({ ackFloor: 15, delivered: 15, ...quiet });
    barrier.raise();
    expect(barrier.up).toBe(true);
    await pass(1_000);
    expect([barrier.up, told, looks]).toEqual([false, ['lifted'], 1]);
  });

  it('looks at once where nothing can be on its way', async () => {
    look = async () => ({ ackFloor: 15, delivered: 15, ...quiet });
    barrier.raise(0);
    await pass(1);
    expect([barrier.up, told]).toEqual([false, ['lifted']]);
  });

  it('tells once, where a process begins and nobody pulls, that something is out', async () => {
    look = async () => ({ ackFloor: 10, delivered: 15, ...quiet, ackPending: 4 });
    barrier.raise(0);
    await pass(1_000);
    expect([barrier.up, told]).toEqual([true, ['behind 4']]);
    barrier.stop();
    barrier.raise();
    await pass(1_000);
    expect([barrier.up, told]).toEqual([true, ['behind 4']]);
  });

  it('comes down when all that was delivered before is acked, whatever came after', async () => {
    barrier.raise();
    await pass(1_000);
    look = async () => ({ ackFloor: 14, delivered: 90, ...quiet });
    await pass(1_000);
    expect(barrier.up).toBe(true);
    look = async () => ({ ackFloor: 15, delivered: 90, ...quiet });
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
    await pass(2_500);
    expect([barrier.up, told]).toEqual([false, [15]]);
  });

  it('counts from when the server serves no request of the lost connection any more', async () => {
    look = async () => ({ ackFloor: 10, delivered: 15, ...quiet, waiting: 1 });
    barrier.raise(250, performance.now() + 5_000);
    await pass(3_000);
    // What the server sent there in the meantime is lost as well.
    look = async () => ({ ackFloor: 10, delivered: 17, ...quiet });
    await pass(8_000);
    expect([barrier.up, told]).toEqual([true, []]);
    await pass(3_000);
    expect([barrier.up, told]).toEqual([false, [17]]);
  });

  it('waits no longer for such requests than they can last: others may be asking too', async () => {
    look = async () => ({ ackFloor: 15, delivered: 15, ...quiet, waiting: 3 });
    barrier.raise(250, performance.now() + 5_000);
    await pass(4_000);
    expect(barrier.up).toBe(true);
    await pass(1_500);
    expect([barrier.up, told]).toEqual([false, ['lifted']]);
  });

  it('gives a server that has taken over a moment to find what is overdue', async () => {
    barrier.raise();
    await pass(10_000);
    look = async () => ({ ackFloor: 10, delivered: 15, ...quiet, leader: 'n2' });
    await pass(1_500);
    expect([barrier.up, told]).toEqual([true, []]);
    await pass(1_000);
    expect([barrier.up, told]).toEqual([false, [15]]);
  });

  it('asks again when the server does not answer', async () => {
    look = async () => {
      look = async () => ({ ackFloor: 1, delivered: 1, ...quiet });
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
    look = async () => ({ ackFloor: 10, delivered: 15, ...quiet });
    await pass(1_000);
    expect([barrier.up, told]).toEqual([false, [15]]);
  });

  it('stays up while the server does not answer, however long that takes', async () => {
    barrier.raise();
    await pass(1_000);
    look = () => Promise.reject(new Error('gone'));
    await pass(2 * ACK_WAIT_MS);
    expect([barrier.up, told]).toEqual([true, []]);
  });

  it('says nothing once it is stopped', async () => {
    barrier.raise();
    barrier.stop();
    await pass(2 * ACK_WAIT_MS);
    expect([barrier.up, told]).toEqual([false, []]);
  });
});
