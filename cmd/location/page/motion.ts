/**
 * How a car gets from one report to the next: a cubic Hermite curve that leaves the way the car was shown to go and ends the way
 * it says it goes, so that it takes corners as cars do and never jumps. Pure.
 */

/** A place on the plane, and the way from there: metres, and metres a second. */
export interface Motion {
  x: number;
  y: number;
  vx: number;
  vy: number;
}

/** A curve in time. */
export interface Glide {
  readonly from: Motion;
  readonly to: Motion;
  readonly startMs: number;
  readonly lengthMs: number;
}

/** A next report that is late finds the car rolling on for so long. */
const ROLL_MS = 900;
/** Nearer than this a car stands: its phone's noise is no drive. */
const STANDS_M = 2;
/** A tangent longer than so many times the way would swing out. */
const SWING = 1.5;

/** The curve from where a car is shown to where it was reported. `headingDeg` clockwise from north. */
export function glideTo(
  from: Motion,
  to: { readonly x: number; readonly y: number; readonly headingDeg: number; readonly mps: number },
  startMs: number,
  lengthMs: number,
): Glide {
  const wayM = Math.hypot(to.x - from.x, to.y - from.y);
  const angle = (to.headingDeg * Math.PI) / 180;
  const mps = wayM < STANDS_M ? 0 : to.mps;
  const end = { x: to.x, y: to.y, vx: Math.sin(angle) * mps, vy: Math.cos(angle) * mps };
  const limit = (SWING * wayM * 1000) / lengthMs;
  return { from: slowed(from, limit), to: slowed(end, limit), startMs, lengthMs };
}

/** Where the car is shown, written into `out`. */
export function glideAt({ from, to, startMs, lengthMs }: Glide, nowMs: number, out: Motion): void {
  const share = (nowMs - startMs) / lengthMs;
  if (share >= 1) {
    const overS = Math.min(ROLL_MS, nowMs - startMs - lengthMs) / 1000;
    out.x = to.x + to.vx * overS;
    out.y = to.y + to.vy * overS;
    out.vx = to.vx;
    out.vy = to.vy;
    return;
  }
  const t = Math.max(0, share);
  const [t2, t3] = [t * t, t * t * t];
  const seconds = lengthMs / 1000;
  const [h00, h10, h01, h11] = [2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t, 3 * t2 - 2 * t3, t3 - t2];
  out.x = h00 * from.x + h10 * seconds * from.vx + h01 * to.x + h11 * seconds * to.vx;
  out.y = h00 * from.y + h10 * seconds * from.vy + h01 * to.y + h11 * seconds * to.vy;
  const [d00, d10, d11] = [6 * t2 - 6 * t, 3 * t2 - 4 * t + 1, 3 * t2 - 2 * t];
  out.vx = (d00 * (from.x - to.x)) / seconds + d10 * from.vx + d11 * to.vx;
  out.vy = (d00 * (from.y - to.y)) / seconds + d10 * from.vy + d11 * to.vy;
}

/** From one heading to another the short way round, both in degrees. */
export function turn(fromDeg: number, toDeg: number, share: number): number {
  const by = ((((toDeg - fromDeg) % 360) + 540) % 360) - 180;
  return fromDeg + by * Math.min(1, Math.max(0, share));
}

function slowed(motion: Motion, limitMps: number): Motion {
  const mps = Math.hypot(motion.vx, motion.vy);
  const by = mps > limitMps ? limitMps / mps : 1;
  return { x: motion.x, y: motion.y, vx: motion.vx * by, vy: motion.vy * by };
}
