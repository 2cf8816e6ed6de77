import { describe, expect, it } from 'vitest';
import { type Dependency, fixed, saturate } from '../../test/dependency.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** Serves 32 calls at full speed; each one beyond costs all others a hundredth. */
const steady: Dependency = { baseMs: 20, places: () => 32, contention: 0.01 };
const forMs = 20_000;

/** Tells a limit of calls that all take equally long, `count` of them, with all places in use. */
function feed(limiter: AdaptiveLimit, tookMs: (limit: number) => number, count: number): void {
  let nowMs = 0;
  for (let n = 0; n < count; n++) {
    const { limit } = limiter;
    limiter.note({
      beganMs: nowMs,
      endedMs: nowMs + tookMs(limit),
      running: limit,
      failed: false,
    });
    nowMs += tookMs(limit);
  }
}

describe('an adaptive limit', () => {
  it('begins at its minimum, and grows to its maximum while latency stays', () => {
    const limiter = new AdaptiveLimit({ min: 2, max: 50 });
    expect(limiter.limit).toBe(2);
    feed(limiter, () => 10, 2_000);
    expect(limiter.limit).toBe(50);
  });

  it('stays where it is while its places are not all used', () => {
    const limiter = new AdaptiveLimit({ min: 10, max: 50 });
    for (let n = 0; n < 1_000; n++)
      limiter.note({ beganMs: n, endedMs: n + 10, running: 9, failed: false });
    expect(limiter.limit).toBe(10);
  });

  it('shrinks when calls take longer, and grows again when they no longer do', () => {
    const limiter = new AdaptiveLimit({ min: 1, max: 100 });
    feed(limiter, () => 10, 5_000);
    feed(limiter, (limit) => (limit > 5 ? 100 : 10), 2_000);
    expect(limiter.limit).toBeLessThan(15);
    feed(limiter, () => 10, 20_000);
    expect(limiter.limit).toBe(100);
  });

  it('takes a dependency that got slower for good as the new normal', () => {
    const limiter = new AdaptiveLimit({ min: 1, max: 40 });
    feed(limiter, () => 10, 5_000);
    feed(limiter, () => 50, 20_000);
    expect(limiter.limit).toBe(40);
  });

  it('does not take fast failures for ease', () => {
    const limiter = new AdaptiveLimit({ min: 1, max: 40 });
    feed(limiter, (limit) => (limit > 8 ? 40 : 10), 4_000);
    const { limit } = limiter;
    for (let n = 0; n < 4_000; n++)
      limiter.note({ beganMs: 1e6 + n, endedMs: 1e6 + n + 1, running: 40, failed: true });
    expect(limiter.limit).toBe(limit);
  });

  it('keeps to its bounds whatever it is told', () => {
    const limiter = new AdaptiveLimit({ min: 3, max: 7 });
    for (let n = 0; n < 20_000; n++) {
      const tookMs = [0, 1e-9, 5, 1e9, 100][n % 5] as number;
      limiter.note({ beganMs: n, endedMs: n + tookMs, running: n % 9, failed: n % 11 === 0 });
      expect(limiter.limit).toBeGreaterThanOrEqual(3);
      expect(limiter.limit).toBeLessThanOrEqual(7);
    }
  });

  it('does nearly as well as the best fixed limit, and far better than one that is too high', () => {
    const best = saturate(steady, fixed(32), { forMs });
    const high = saturate(steady, fixed(128), { forMs });
    const adaptive = saturate(steady, new AdaptiveLimit({ min: 1, max: 256 }), { forMs });
    expect(adaptive.perSecond).toBeGreaterThan(0.8 * best.perSecond);
    expect(adaptive.perSecond).toBeGreaterThan(1.5 * high.perSecond);
    expect(adaptive.meanMs).toBeLessThan(1.6 * best.meanMs);
    expect(adaptive.meanMs).toBeLessThan(high.meanMs / 4);
  });

  it('follows a dependency that loses three quarters of its places and gets them back', () => {
    const limiter = new AdaptiveLimit({ min: 1, max: 256 });
    const limits: number[][] = [[], [], []];
    let atMs = 0;
    const watched = {
      get limit() {
        limits[Math.min(2, Math.floor(atMs / 10_000))]?.push(limiter.limit);
        return limiter.limit;
      },
      note: (call: Parameters<AdaptiveLimit['note']>[0]) => {
        atMs = call.endedMs;
        limiter.note(call);
      },
    };
    const places = (ms: number) => (ms >= 10_000 && ms < 20_000 ? 8 : 32);
    saturate({ ...steady, places }, watched, { forMs: 30_000 });
    const last = limits.map((each) => each.slice(-2_000).toSorted((a, b) => a - b)[1_000]);
    expect(last[0]).toBeGreaterThan(24);
    expect(last[1]).toBeLessThan(16);
    expect(last[2]).toBeGreaterThan(24);
  });
});
