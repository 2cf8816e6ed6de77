import { expect, it } from 'vitest';
import { quantileMs } from './histogram.ts';
import { WorkerTally } from './worker-tally.ts';

/** A clock that a test sets. */
function aClock() {
  const state = { wallMs: 1_764_000_000_000, monotonicMs: 1_000 };
  const after = () => () => {};
  return { state, clock: { now: () => state.wallMs, monotonic: () => state.monotonicMs, after } };
}

it('counts how long messages were stored and handled, whatever the clocks differ', () => {
  const { state, clock } = aClock();
  const tally = new WorkerTally(clock);
  expect(tally.sinceMs).toBe(1_764_000_000_000);
  state.monotonicMs += 80;
  state.wallMs += 80;
  tally.settle({ arrivedMs: 1_050, storedMs: 1_763_999_999_580 });
  expect(tally.settled).toBe(1);
  expect(quantileMs(tally.handling.pairs(), 1) / 30).toBeCloseTo(1, 1);
  // The wall clock may be a millisecond off.
  expect(quantileMs(tally.latency.pairs(), 1) / 500).toBeCloseTo(1, 1);
  // Stored later than now by the server's clock.
  tally.settle({ arrivedMs: 1_080, storedMs: 1_764_000_009_000 });
  expect(quantileMs(tally.latency.pairs(), 0.5)).toBeLessThan(0.002);
  expect(tally.settled).toBe(2);
  // Somebody knows the time.
  tally.settle({ arrivedMs: 1_000, storedMs: 1_764_000_000_000 }, 2_000);
  expect(quantileMs(tally.handling.pairs(), 1) / 1_000).toBeCloseTo(1, 1);
});
