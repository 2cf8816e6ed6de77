/** The rides in view, from request to arrival. */
import type { Projection } from './drivers.ts';
import type { RideRow, RideStage } from './wire.ts';

/** A place in metres. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A ride as shown. */
export interface Ride {
  readonly id: string;
  readonly stage: RideStage;
  readonly driverId: string | null;
  readonly pickUp: Place | null;
  readonly dropOff: Place | null;
  /** In the city's time. */
  readonly arrivesAtMs: number | null;
  readonly sinceMs: number;
}

/** All that are known here. */
export interface Rides {
  readonly count: number;
  readonly all: Iterable<Ride>;
  find(id: string): Ride | undefined;
  /** The ride that a driver is on. */
  ofDriver(driverId: string): Ride | undefined;
  put(rows: readonly RideRow[], nowMs: number, whole: boolean): void;
  /** Forgets those not heard of for long: they left the view. */
  sweep(nowMs: number): void;
  clear(): void;
}

/** Longer than between two estimates of a ride. */
const FORGET_MS = 60_000;

interface Known extends Ride {
  readonly heardMs: number;
}

/** None yet. */
export function rides({ origin, metresPerDegree }: Projection): Rides {
  const known = new Map<string, Known>();
  const byDriver = new Map<string, string>();
  const place = (lat: number | null, lng: number | null): Place | null =>
    lat === null || lng === null
      ? null
      : {
          x: (lng - origin.lng) * metresPerDegree.lng,
          y: (lat - origin.lat) * metresPerDegree.lat,
        };

  function forget(id: string): void {
    const driverId = known.get(id)?.driverId;
    if (driverId && byDriver.get(driverId) === id) byDriver.delete(driverId);
    known.delete(id);
  }

  function put(row: RideRow, nowMs: number): void {
    const [id, stage, driverId, upLat, upLng, offLat, offLng, arrivesAtMs, sinceMs] = row;
    forget(id);
    if (stage === 'over') return;
    const [pickUp, dropOff] = [place(upLat, upLng), place(offLat, offLng)];
    known.set(id, { id, stage, driverId, pickUp, dropOff, arrivesAtMs, sinceMs, heardMs: nowMs });
    if (driverId && stage !== 'arrived') byDriver.set(driverId, id);
  }

  return {
    get count() {
      return known.size;
    },
    get all() {
      return known.values();
    },
    find: (id) => known.get(id),
    ofDriver: (driverId) => known.get(byDriver.get(driverId) ?? ''),
    put(rows, nowMs, whole) {
      if (whole) {
        const here = new Set(rows.map(([id]) => id));
        for (const id of [...known.keys()]) if (!here.has(id)) forget(id);
      }
      for (const row of rows) put(row, nowMs);
    },
    sweep(nowMs) {
      for (const { id, heardMs } of [...known.values()])
        if (nowMs - heardMs > FORGET_MS) forget(id);
    },
    clear() {
      known.clear();
      byDriver.clear();
    },
  };
}
