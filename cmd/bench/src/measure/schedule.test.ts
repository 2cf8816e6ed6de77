import { expect, it } from 'vitest';
import { nowNs } from '../frame/clock.ts';
import { openLoop } from './open-loop.ts';
import { Schedule } from './schedule.ts';

it('messages are due at a fixed rate from the start, and no more than there are', () => {
  const schedule = new Schedule(1_000_000, { rate: 1_000, durationMs: 10 });
  expect(schedule.total).toBe(10);
  expect([0, 1, 9].map((n) => schedule.at(n))).toEqual([1e6, 2e6, 10e6]);
  expect([0, 999_999, 1e6, 1.5e6, 2e6, 3.9e6, 1e12].map((ns) => schedule.dueBy(ns))).toEqual([
    0, 0, 1, 1, 2, 3, 10,
  ]);
});

it('every message that is due was due no later than now, at any rate', () => {
  for (const rate of [0.5, 3, 997, 1_000_000]) {
    const schedule = new Schedule(5e14, { rate, durationMs: 2_000 });
    for (let ns = 5e14; ns < 5e14 + 2e9; ns += 7_654_321) {
      const due = schedule.dueBy(ns);
      expect(schedule.at(due - 1)).toBeLessThanOrEqual(ns);
      if (due < schedule.total) expect(schedule.at(due)).toBeGreaterThan(ns - 1);
    }
  }
});

it('a sender that is held up sends all the same, each with the time at which it was due', async () => {
  const due: number[] = [];
  const startNs = nowNs();
  const publisher = {
    send(n: number, sentNs: number) {
      due.push(sentNs);
      if (n === 10) for (const endNs = nowNs() + 20e6; nowNs() < endNs; );
      return n === 11 ? Promise.reject(new Error('full')) : Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const round = { rate: 2_000, durationMs: 50, startNs };
  const result = await openLoop(publisher, round, new AbortController().signal, () => {});
  const schedule = new Schedule(startNs, round);
  expect(due).toEqual(Array.from({ length: 100 }, (_, n) => schedule.at(n)));
  expect(result).toMatchObject({
    offered: 100,
    sent: 100,
    confirmed: 99,
    failed: 1,
    failure: 'full',
  });
  expect(result.late.maxNs).toBeGreaterThan(15e6);
});

it('a sender comes to an end early when it is asked to, and counts what was due until then', async () => {
  const stop = new AbortController();
  const publisher = {
    send(n: number) {
      if (n === 20) stop.abort();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const round = { rate: 10_000, durationMs: 60_000, startNs: nowNs() };
  const result = await openLoop(publisher, round, stop.signal, () => {});
  expect(result.sent).toBeLessThan(1_000);
  expect(result.confirmed).toBe(result.sent);
  expect(result.offered).toBeLessThan(600_000);
  expect(result.achievedPerSecond).toBeGreaterThan(result.sent / 60);
});
