import { describe, expect, it } from 'vitest';
import { glideAt, glideTo, type Motion, turn } from './motion.ts';

const still: Motion = { x: 0, y: 0, vx: 0, vy: 0 };
const at = (glide: ReturnType<typeof glideTo>, nowMs: number) => {
  const out = { ...still };
  glideAt(glide, nowMs, out);
  return out;
};

describe('a glide', () => {
  it('begins where the car is shown and ends where it was reported, going as it says', () => {
    const from = { x: 10, y: 0, vx: 5, vy: 0 };
    const glide = glideTo(from, { x: 40, y: 20, headingDeg: 0, mps: 8 }, 1000, 4000);
    expect(at(glide, 1000)).toEqual(from);
    const end = at(glide, 5000);
    expect([end.x, end.y]).toEqual([40, 20]);
    expect(end.vx).toBeCloseTo(0);
    expect(end.vy).toBeCloseTo(8);
  });

  it('has no jump and no kink from one report to the next', () => {
    const first = glideTo(still, { x: 30, y: 0, headingDeg: 90, mps: 9 }, 0, 4000);
    const meeting = at(first, 3700); // the next report comes early
    const second = glideTo(meeting, { x: 40, y: 30, headingDeg: 0, mps: 9 }, 3700, 4000);
    let before = at(second, 3700);
    expect([before.x, before.y]).toEqual([meeting.x, meeting.y]);
    for (let ms = 3716; ms < 7700; ms += 16) {
      const now = at(second, ms);
      expect(Math.hypot(now.x - before.x, now.y - before.y)).toBeLessThan(0.5);
      expect(Math.hypot(now.vx - before.vx, now.vy - before.vy)).toBeLessThan(0.5);
      before = now;
    }
  });

  it('rolls on for a moment when the next report is late, and then waits', () => {
    const glide = glideTo(still, { x: 30, y: 0, headingDeg: 90, mps: 10 }, 0, 4000);
    expect(at(glide, 4500).x).toBeCloseTo(35);
    expect(at(glide, 9000).x).toBe(at(glide, 60_000).x);
  });

  it('does not swing out for a car that stands', () => {
    const glide = glideTo(still, { x: 1, y: 1, headingDeg: 90, mps: 15 }, 0, 4000);
    for (let ms = 0; ms < 6000; ms += 50) expect(at(glide, ms).x).toBeLessThanOrEqual(1.001);
  });
});

describe('a turn', () => {
  it('goes the short way round', () => {
    expect(turn(350, 10, 0.5)).toBe(360);
    expect(turn(10, 350, 0.5)).toBe(0);
    expect(turn(90, 180, 2)).toBe(180);
  });
});
