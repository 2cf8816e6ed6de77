import { Histogram } from '@jetlane/core';
import { expect, it } from 'vitest';
import { makeStyle } from '../terminal/style.ts';
import { collectStats } from './stats.ts';
import { eventWords, statsLines } from './worker-view.ts';

const processes = { wanted: 2, ready: 2, restarts: 0 };

function report(settled: number, ms: number) {
  const times = new Histogram();
  for (let i = 0; i < settled; i++) times.record(ms);
  const counts = { delivered: settled, redelivered: 0, settled, retried: 1, buried: 0 };
  const worker = { worker: 'billing', stream: 'ORDERS', ...counts, latency: times.pairs(), lag: 7 };
  return { published: 2, duplicates: 1, publishFailed: 0, workers: [worker] };
}

it('adds up processes; totals go on and rates begin anew', () => {
  let now = 1000;
  const stats = collectStats(() => now);
  stats.expect('billing');
  stats.add(report(10, 1));
  stats.add(report(10, 100));
  now = 3000;
  const first = stats.take(processes);
  expect(first).toMatchObject({
    uptimeMs: 2000,
    published: 4,
    publishedPerSecond: 2,
    duplicates: 2,
  });
  expect(first.workers).toMatchObject([
    { worker: 'billing', stream: 'ORDERS', settled: 20, retried: 2, settledPerSecond: 10, lag: 7 },
  ]);
  expect(first.workers[0]?.latencyMs?.p99).toBeGreaterThan(95);
  now = 4000;
  const second = stats.take(processes);
  expect(second.workers).toMatchObject([
    { settled: 20, settledPerSecond: 0, latencyMs: undefined },
  ]);
});

it('is shown as a line and a table', () => {
  let now = 0;
  const stats = collectStats(() => now);
  stats.add(report(10, 1));
  now = 1000;
  const lines = statsLines(stats.take(processes), makeStyle(false));
  expect(lines[0]).toBe('2 of 2 processes ready · up 1.00s · published 2/s · 1 duplicates');
  expect(lines[1]?.split(/ +/)).toEqual([
    'WORKER',
    'RATE',
    'LAG',
    'PENDING',
    'P50',
    'P99',
    'DONE',
    'RETRIED',
    'DEAD',
  ]);
  expect(lines[2]?.split(/ +/).slice(0, 4)).toEqual(['billing', '10/s', '7', '-']);
});

it('tells events in words', () => {
  const style = makeStyle(false);
  expect(
    eventWords({ event: 'died', process: 1, how: 'ended by SIGKILL', restartInMs: 200 }, style),
  ).toBe('process 1 ended by SIGKILL; it starts again in 200ms');
  expect(eventWords({ event: 'reload-failed', message: 'boom', kept: true }, style)).toBe(
    'not reloaded: boom; what ran before goes on',
  );
});
