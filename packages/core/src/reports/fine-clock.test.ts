import { describe, expect, it } from 'vitest';
import { FineClock } from './fine-clock.ts';

/** Two clocks of which one counts whole milliseconds, `aheadMs` ahead of the other. */
function clocks(start: { aheadMs: number }) {
  const state = { ...start, monotonicMs: 5_000.25 };
  const after = () => () => {};
  const now = () => Math.floor(state.monotonicMs + state.aheadMs);
  return { state, clock: { now, after, monotonic: () => state.monotonicMs } };
}

describe('the wall clock in fractions', () => {
  it('comes to within a millisecond of the truth at once, and never leaves it', () => {
    const { state, clock } = clocks({ aheadMs: 1_764_000_000_000.4 });
    const fine = new FineClock(clock);
    for (let i = 0; i < 50; i++) {
      const truth = state.monotonicMs + state.aheadMs;
      expect(Math.abs(fine.at(state.monotonicMs) - truth)).toBeLessThanOrEqual(1);
      state.monotonicMs += 377.7;
    }
  });

  it('follows a clock that is set, within a second', () => {
    const { state, clock } = clocks({ aheadMs: 1_764_000_000_000 });
    const fine = new FineClock(clock);
    fine.at(state.monotonicMs);
    state.aheadMs += 3_600_000;
    state.monotonicMs += 1_001;
    const truth = state.monotonicMs + state.aheadMs;
    expect(Math.abs(fine.at(state.monotonicMs) - truth)).toBeLessThanOrEqual(1);
  });

  it('keeps the fraction that it knows while the wall clock agrees', () => {
    const { state, clock } = clocks({ aheadMs: performance.timeOrigin });
    const fine = new FineClock(clock);
    for (let i = 0; i < 5; i++) {
      expect(fine.at(state.monotonicMs)).toBe(state.monotonicMs + performance.timeOrigin);
      state.monotonicMs += 1_500.3;
    }
  });
});
