/** Where drivers were last seen, by cell, and the search for the nearest free one. Pure. */
import { gridDiskDistances } from 'h3-js';
import { cellAt, distanceM, type LatLng } from '../city/plane.ts';

/** What the index needs of a report. */
export interface Sighting extends LatLng {
  readonly driverId: string;
  readonly cell: string;
  readonly status: string;
  readonly takenAtMs: number;
}

/** A driver that was found. */
export interface Found {
  readonly driverId: string;
  readonly distanceM: number;
}

/** Last known positions. */
export interface DriverIndex {
  readonly size: number;
  /** Takes a report; older ones than the last are ignored. */
  see(sighting: Sighting): void;
  /** The nearest free driver within {@link RINGS} rings of cells, then held for a moment. */
  takeNearest(place: LatLng, nowMs: number): Found | undefined;
}

/** How far a search goes: six rings of cells are about 6 km. */
const RINGS = 6;
const STALE_MS = 30_000;
/** A taken driver's own reports still say "free" until the assignment has reached the car. */
const HELD_MS = 10_000;

interface Known extends Sighting {
  heldUntilMs: number;
}

/** An empty index. */
export function driverIndex(): DriverIndex {
  const drivers = new Map<string, Known>();
  const cells = new Map<string, Set<Known>>();

  function see(sighting: Sighting): void {
    const before = drivers.get(sighting.driverId);
    if (before && before.takenAtMs > sighting.takenAtMs) return;
    if (before) cells.get(before.cell)?.delete(before);
    const known: Known = { ...sighting, heldUntilMs: before?.heldUntilMs ?? 0 };
    drivers.set(sighting.driverId, known);
    const there = cells.get(known.cell);
    if (there) there.add(known);
    else cells.set(known.cell, new Set([known]));
  }

  /** One ring past the first hit: a driver there can be nearer than one in the middle's corner. */
  function takeNearest(place: LatLng, nowMs: number): Found | undefined {
    let best: Known | undefined;
    let bestM = Number.POSITIVE_INFINITY;
    let lastRing = RINGS;
    gridDiskDistances(cellAt(place.lat, place.lng), RINGS).forEach((ring, number) => {
      if (number > lastRing) return;
      for (const cell of ring) {
        for (const driver of cells.get(cell) ?? []) {
          if (driver.status !== 'free' || driver.heldUntilMs > nowMs) continue;
          if (nowMs - driver.takenAtMs > STALE_MS) continue;
          const awayM = distanceM(place, driver);
          if (awayM < bestM) [best, bestM] = [driver, awayM];
        }
      }
      if (best) lastRing = Math.min(lastRing, number + 1);
    });
    if (!best) return undefined;
    best.heldUntilMs = nowMs + HELD_MS;
    return { driverId: best.driverId, distanceM: bestM };
  }

  return {
    get size() {
      return drivers.size;
    },
    see,
    takeNearest,
  };
}
