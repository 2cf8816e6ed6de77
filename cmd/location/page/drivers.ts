/** The drivers in view. Each glides from where it is shown to where it was last reported. */
import type { DriverRow } from './connection.ts';

/** A driver to draw. */
export interface Driver {
  readonly x: number;
  readonly y: number;
  readonly headingDeg: number;
  readonly status: string;
  readonly flagged: boolean;
}

/** All that are known here. */
export interface Drivers {
  readonly count: number;
  replace(rows: readonly DriverRow[], nowMs: number): void;
  move(rows: readonly DriverRow[], nowMs: number): void;
  flag(driverIds: readonly string[]): void;
  /** Visits each driver where it is now, and forgets those not heard of for long. */
  each(nowMs: number, visit: (driver: Driver) => void): void;
}

/** From degrees to metres. */
export interface Projection {
  readonly origin: { readonly lat: number; readonly lng: number };
  readonly metresPerDegree: { readonly lat: number; readonly lng: number };
}

interface Known {
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  startMs: number;
  glideMs: number;
  takenAtMs: number;
  headingDeg: number;
  status: string;
}

const GLIDE_MIN_MS = 300;
const GLIDE_MAX_MS = 6000;
const FORGET_MS = 20_000;
/** Further than any car drives between two reports: shown as a jump. */
const JUMP_M = 600;

/** No drivers yet. */
export function drivers({ origin, metresPerDegree }: Projection): Drivers {
  const known = new Map<string, Known>();
  const flagged = new Set<string>();

  function put(row: DriverRow, nowMs: number): void {
    const [id, lat, lng, headingDeg, , status, takenAtMs] = row;
    const toX = (lng - origin.lng) * metresPerDegree.lng;
    const toY = (lat - origin.lat) * metresPerDegree.lat;
    const before = known.get(id);
    if (before && before.takenAtMs > takenAtMs) return; // a driver that changed cells comes in both
    const at = before ? shown(before, nowMs) : { x: toX, y: toY };
    const jumps = Math.hypot(toX - at.x, toY - at.y) > JUMP_M;
    const silentMs = before ? nowMs - before.startMs : 0;
    known.set(id, {
      fromX: jumps ? toX : at.x,
      fromY: jumps ? toY : at.y,
      toX,
      toY,
      startMs: nowMs,
      glideMs: Math.min(GLIDE_MAX_MS, Math.max(GLIDE_MIN_MS, silentMs)),
      takenAtMs,
      headingDeg,
      status,
    });
  }

  return {
    get count() {
      return known.size;
    },
    replace(rows, nowMs) {
      const here = new Set(rows.map(([id]) => id));
      for (const id of known.keys()) if (!here.has(id)) known.delete(id);
      for (const row of rows) if (known.get(row[0])?.takenAtMs !== row[6]) put(row, nowMs);
    },
    move(rows, nowMs) {
      for (const row of rows) put(row, nowMs);
    },
    flag(driverIds) {
      for (const id of driverIds) flagged.add(id);
    },
    each(nowMs, visit) {
      for (const [id, driver] of known) {
        if (nowMs - driver.startMs > FORGET_MS) known.delete(id);
        const { headingDeg, status } = driver;
        visit({ ...shown(driver, nowMs), headingDeg, status, flagged: flagged.has(id) });
      }
    },
  };
}

function shown(driver: Known, nowMs: number): { x: number; y: number } {
  const share = Math.min(1, (nowMs - driver.startMs) / driver.glideMs);
  return {
    x: driver.fromX + (driver.toX - driver.fromX) * share,
    y: driver.fromY + (driver.toY - driver.fromY) * share,
  };
}
