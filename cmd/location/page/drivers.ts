/** The drivers in view: each glides from where it is shown to where it was last reported. */
import { type Glide, glideAt, glideTo, type Motion, turn } from './motion.ts';
import type { DriverRow, FlagRow } from './wire.ts';

/** A driver, as shown now. */
export interface Driver {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly headingDeg: number;
  readonly speedMps: number;
  readonly status: string;
  readonly takenAtMs: number;
}

/** Why a driver was caught. */
export interface Flag {
  readonly reason: string;
  readonly impliedMps: number;
  readonly atMs: number;
}

/** All that are known here. */
export interface Drivers {
  readonly count: number;
  readonly all: Iterable<Driver>;
  readonly flags: ReadonlyMap<string, Flag>;
  find(id: string): Driver | undefined;
  /** `whole`: those not among them are gone. */
  put(rows: readonly DriverRow[], nowMs: number, whole: boolean): void;
  /** `whole`: nobody else is flagged. */
  flag(rows: readonly FlagRow[], whole: boolean): void;
  /**
   * Moves everybody to where they are now, and forgets those not heard of for long. `still`: without gliding.
   * `excused`: nobody can be heard now, so that nobody's silence counts.
   */
  advance(nowMs: number, still: boolean, excused?: boolean): void;
  clear(): void;
}

/** From degrees to metres. */
export interface Projection {
  readonly origin: { readonly lat: number; readonly lng: number };
  readonly metresPerDegree: { readonly lat: number; readonly lng: number };
}

interface Known extends Motion {
  readonly id: string;
  glide: Glide;
  fromDeg: number;
  toDeg: number;
  headingDeg: number;
  speedMps: number;
  status: string;
  takenAtMs: number;
  heardMs: number;
}

const GLIDE_MIN_MS = 250;
const GLIDE_MAX_MS = 8000;
/** The first glide after a silence longer than this is short. */
const SILENCE_MS = 12_000;
const FORGET_MIN_MS = 20_000;
const FORGET_GLIDES = 5;
/** Further than any car drives between two reports: shown as the jump that it is. */
const JUMP_M = 600;

/** No drivers yet. */
export function drivers({ origin, metresPerDegree }: Projection): Drivers {
  const known = new Map<string, Known>();
  const flags = new Map<string, Flag>();

  function put(row: DriverRow, nowMs: number): void {
    const [id, lat, lng, headingDeg, speedMps, status, takenAtMs] = row;
    const before = known.get(id);
    if (before && before.takenAtMs >= takenAtMs) return; // a driver that changed cells comes in both
    const x = (lng - origin.lng) * metresPerDegree.lng;
    const y = (lat - origin.lat) * metresPerDegree.lat;
    const to = { x, y, headingDeg, mps: speedMps };
    if (!before || Math.hypot(x - before.x, y - before.y) > JUMP_M) {
      const here = { x, y, vx: 0, vy: 0 };
      const glide = glideTo(here, { ...to, mps: 0 }, nowMs, GLIDE_MIN_MS);
      const turned = { fromDeg: headingDeg, toDeg: headingDeg, headingDeg };
      known.set(id, { id, ...here, glide, ...turned, speedMps, status, takenAtMs, heardMs: nowMs });
      return;
    }
    const betweenMs = takenAtMs - before.takenAtMs;
    const lengthMs =
      betweenMs > SILENCE_MS
        ? GLIDE_MIN_MS
        : Math.min(GLIDE_MAX_MS, Math.max(GLIDE_MIN_MS, betweenMs));
    before.glide = glideTo(before, to, nowMs, lengthMs);
    before.fromDeg = before.headingDeg;
    before.toDeg = headingDeg;
    Object.assign(before, { speedMps, status, takenAtMs, heardMs: nowMs });
  }

  return {
    get count() {
      return known.size;
    },
    get all() {
      return known.values();
    },
    flags,
    find: (id) => known.get(id),
    put(rows, nowMs, whole) {
      if (whole) {
        const here = new Set(rows.map(([id]) => id));
        for (const id of known.keys()) if (!here.has(id)) known.delete(id);
      }
      for (const row of rows) put(row, nowMs);
    },
    flag(rows, whole) {
      if (whole) flags.clear();
      for (const [id, reason, impliedMps, atMs] of rows) {
        if (!flags.has(id)) flags.set(id, { reason, impliedMps, atMs });
      }
    },
    advance(nowMs, still, excused = false) {
      for (const car of known.values()) {
        const { glide } = car;
        if (excused) car.heardMs = nowMs;
        const silentMs = nowMs - car.heardMs;
        if (silentMs > Math.max(FORGET_MIN_MS, FORGET_GLIDES * glide.lengthMs)) {
          known.delete(car.id);
          continue;
        }
        glideAt(glide, still ? glide.startMs + glide.lengthMs : nowMs, car);
        const share = still ? 1 : (nowMs - glide.startMs) / glide.lengthMs;
        car.headingDeg = turn(car.fromDeg, car.toDeg, share);
      }
    },
    clear: () => known.clear(),
  };
}
