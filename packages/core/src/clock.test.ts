import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realClock } from './clock.ts';

describe('realClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits longer than a timer of Node can', () => {
    let ran = false;
    const days = 24 * 3_600_000;
    realClock.after(60 * days, () => {
      ran = true;
    });
    vi.advanceTimersByTime(59 * days);
    expect(ran).toBe(false);
    vi.advanceTimersByTime(days);
    expect(ran).toBe(true);
  });

  it('runs nothing that was cancelled, also after its first step', () => {
    let ran = false;
    const days = 24 * 3_600_000;
    const cancel = realClock.after(60 * days, () => {
      ran = true;
    });
    vi.advanceTimersByTime(30 * days);
    cancel();
    vi.advanceTimersByTime(60 * days);
    expect(ran).toBe(false);
  });
});
