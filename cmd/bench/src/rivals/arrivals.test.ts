import { expect, it } from 'vitest';
import { Histogram } from '../measure/histogram.ts';
import type { Position } from '../measure/position.ts';
import { arrivals } from './arrivals.ts';

const never = new AbortController().signal;

it('a message that arrives twice counts once', async () => {
  const wanted = { fromNs: 0, count: 3, skip: 0, withinMs: 10_000, afterFirst: true };
  const { take, result } = arrivals(wanted, never);
  for (const n of [0, 1, 1, 0, 2]) take(position(n), 1_000 + n);
  expect(await result).toMatchObject({ received: 3, duplicates: 2 });
});

it('those of the warm-up, and of an earlier run, do not count', async () => {
  const wanted = { fromNs: 500, count: 4, skip: 2, withinMs: 10_000, afterFirst: false };
  const { take, result } = arrivals(wanted, never);
  take(position(2, 400), 10_000_000);
  for (const n of [0, 1, 2, 3]) take(position(n, 600), 2_600);
  const { received, latencyNs } = await result;
  expect(received).toBe(2);
  expect(Histogram.from(latencyNs).maxNs).toBe(2_000);
});

it('what is missing when the time is over stays missing', async () => {
  const wanted = { fromNs: 0, count: 10, skip: 0, withinMs: 20, afterFirst: true };
  const { take, result } = arrivals(wanted, never);
  take(position(0), 1_000);
  expect(await result).toMatchObject({ received: 1, elapsedMs: 0 });
});

it('it ends early when it is asked to', async () => {
  const stop = new AbortController();
  const wanted = { fromNs: 0, count: 10, skip: 0, withinMs: 60_000, afterFirst: false };
  const { result } = arrivals(wanted, stop.signal);
  stop.abort();
  expect((await result).received).toBe(0);
});

function position(n: number, sentNs = 100): Position {
  return { key: 'k', n, sentNs, lat: 0, lon: 0, pad: '' };
}
