import { expect, it } from 'vitest';
import { nowNs } from '../frame/clock.ts';
import { positions } from '../measure/position.ts';
import { offer } from './offer.ts';
import type { Sender } from './rival.ts';

const next = positions({ prefix: 'p', keys: 10, size: 128 });

it('messages carry the time at which they were due, and each is sent once', async () => {
  const seen: [number, number][] = [];
  const sender: Sender = {
    batchMax: 1,
    callsMax: 1,
    send: async ([position]) => void seen.push([position?.n ?? -1, position?.sentNs ?? -1]),
  };
  const startNs = nowNs();
  const result = await run(sender, { perSecond: 5_000, startNs, count: 200 });
  expect(result).toMatchObject({ sent: 200, failed: 0, failure: null });
  expect(seen.map(([n]) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  for (const [n, ns] of seen) expect(ns).toBe(Math.round(startNs + n * 200_000));
});

it('confirmations that do not come hold back nobody who sends one by one', async () => {
  const calls: (() => void)[] = [];
  const sender: Sender = {
    batchMax: 1,
    callsMax: 1,
    send: () => new Promise<void>((resolve) => void calls.push(resolve)),
  };
  const running = run(sender, { perSecond: 10_000, startNs: nowNs(), count: 50 });
  await expect.poll(() => calls.length).toBe(50);
  for (const confirm of calls) confirm();
  expect((await running).sent).toBe(50);
});

it('a client that batches gathers what is due while its calls are under way', async () => {
  const batches: number[] = [];
  let free: () => void = () => {};
  const sender: Sender = {
    batchMax: 100,
    callsMax: 1,
    send(batch) {
      batches.push(batch.length);
      return batches.length === 1
        ? new Promise<void>((resolve) => {
            free = resolve;
          })
        : Promise.resolve();
    },
  };
  const running = run(sender, { perSecond: 10_000, startNs: nowNs() - 20e6, count: 300 });
  await expect.poll(() => batches.length).toBe(1);
  free();
  await running;
  expect(batches.reduce((a, b) => a + b, 0)).toBe(300);
  expect(Math.max(...batches)).toBe(100);
});

it('what a broker refuses is counted, with its words', async () => {
  const sender: Sender = {
    batchMax: 1,
    callsMax: 1,
    send: ([position]) =>
      position?.n === 3 ? Promise.reject(new Error('full')) : Promise.resolve(),
  };
  const result = await run(sender, { perSecond: 10_000, startNs: nowNs(), count: 10 });
  expect(result).toMatchObject({ sent: 10, failed: 1, failure: 'full' });
});

function run(sender: Sender, round: Parameters<typeof offer>[2]) {
  return offer(sender, next, round, new AbortController().signal);
}
