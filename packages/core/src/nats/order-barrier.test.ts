import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OrderBarrier, type Standing } from './order-barrier.ts';

const ACK_WAIT_MS = 10_000;

let standing: Standing;
let held: number;
let looks: number;
let lifts: number;
let barrier: OrderBarrier;

beforeEach(() => {
  vi.useFakeTimers();
  standing = { ackPending: 5, ackFloor: 10, delivered: 15 };
  held = 2;
  looks = 0;
  lifts = 0;
  barrier = new OrderBarrier({
    ackWaitMs: ACK_WAIT_MS,
    look: async () => {
      looks++;
      return standing;
    },
    held: () => held,
    lifted: () => {
      lifts++;
    },
  });
});

afterEach(() => {
  barrier.stop();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('OrderBarrier', () => {
  it('comes down soon when the server waits for nothing but what is held here', async () => {
    held = 5;
    barrier.raise();
    expect(barrier.up).toBe(true);
    await pass(1_000);
    expect([barrier.up, lifts, looks]).toEqual([false, 1, 1]);
  });

  it('comes down when all that was delivered before is acked, whatever came after', async () => {
    barrier.raise();
    await pass(1_000);
    standing = { ackPending: 50, ackFloor: 14, delivered: 90 };
    await pass(1_000);
    expect(barrier.up).toBe(true);
    standing = { ackPending: 50, ackFloor: 15, delivered: 90 };
    await pass(1_000);
    expect([barrier.up, lifts]).toEqual([false, 1]);
  });

  it('comes down after one ack wait, however often it is raised meanwhile', async () => {
    barrier.raise();
    for (let count = 0; count < 9; count++) {
      await pass(1_000);
      barrier.raise();
    }
    expect(barrier.up).toBe(true);
    await pass(1_500);
    expect([barrier.up, lifts]).toEqual([false, 1]);
  });

  it('asks again when the server does not answer', async () => {
    const { look } = { look: vi.fn().mockRejectedValueOnce(new Error('no')) };
    const patient = new OrderBarrier({
      ackWaitMs: ACK_WAIT_MS,
      look: look.mockResolvedValue({ ackPending: 0, ackFloor: 1, delivered: 1 }),
      held: () => 0,
      lifted: () => {
        lifts++;
      },
    });
    patient.raise();
    await pass(1_000);
    expect([patient.up, lifts, look.mock.calls.length]).toEqual([false, 1, 2]);
  });

  it('says nothing once it is stopped', async () => {
    barrier.raise();
    barrier.stop();
    await pass(2 * ACK_WAIT_MS);
    expect([barrier.up, lifts]).toEqual([false, 0]);
  });
});
