/**
 * What the gateway knows of each ride, put together from its events and from the reports of its driver: where it is shown,
 * and as which row. A ride is shown where its rider waits, and where its driver is. Bounded: a ride of which nothing is heard
 * is forgotten, and so is the oldest when there are too many.
 */
import type { RideRow, RideStage } from '#wire';
import { cellAt, type LatLng } from '../city/plane.ts';

/** What {@link RideBoard} needs of a report. */
export interface RideReport {
  readonly driverId: string;
  readonly cell: string;
  readonly takenAtMs: number;
  readonly trip?:
    | { readonly rideId: string; readonly leg: string; readonly to: LatLng }
    | undefined;
}

/** Where rides are put, for example the viewers. */
export interface RideScreen {
  ride(rideId: string, text: string, cells: readonly string[]): void;
}

/** A rider who waits longer without asking again has walked away. */
export const WAIT_MAX_MS = 25_000;
/** A ride whose driver is silent for so long is forgotten. */
export const SILENT_MAX_MS = 90_000;
/** An arrival is shown for so long. */
export const ARRIVED_SHOWN_MS = 6000;
/** More rides than drivers that anybody simulates here. */
const RIDES_MAX = 100_000;

interface Ride {
  readonly rideId: string;
  stage: RideStage;
  driverId: string | null;
  driverCell: string | null;
  pickUp: LatLng | null;
  dropOff: LatLng | null;
  arrivesAtMs: number | null;
  sinceMs: number;
  heardMs: number;
}

/** All rides under way. */
export class RideBoard {
  readonly #rides = new Map<string, Ride>();
  readonly #screen: RideScreen;

  constructor(screen: RideScreen) {
    this.#screen = screen;
  }

  get size(): number {
    return this.#rides.size;
  }

  requested(event: {
    readonly rideId: string;
    readonly requestedAtMs: number;
    readonly pickUp: LatLng;
    readonly dropOff: LatLng;
  }): void {
    const ride = this.#ride(event.rideId, event.requestedAtMs);
    if (ride.stage !== 'waiting' && ride.stage !== 'matched') return;
    // Asked again after a match: the driver had taken another ride.
    Object.assign(ride, { driverId: null, driverCell: null, arrivesAtMs: null, stage: 'waiting' });
    const { pickUp, dropOff } = event;
    this.#show(Object.assign(ride, { pickUp, dropOff, heardMs: event.requestedAtMs }));
  }

  /** `driverCell`: where that driver was last. */
  matched(
    event: {
      readonly rideId: string;
      readonly driverId: string;
      readonly matchedAtMs: number;
      readonly pickUp: LatLng;
      readonly dropOff: LatLng;
    },
    driverCell: string | undefined,
  ): void {
    const ride = this.#ride(event.rideId, event.matchedAtMs);
    const { driverId, pickUp, dropOff, matchedAtMs } = event;
    Object.assign(ride, { driverId, driverCell: driverCell ?? null, pickUp, dropOff });
    this.#enter(ride, 'matched', matchedAtMs);
  }

  /** No driver was found; the rider asks again in a moment. */
  unmatched(rideId: string, atMs: number): void {
    const ride = this.#rides.get(rideId);
    if (ride) ride.heardMs = atMs;
  }

  pickedUp(rideId: string, atMs: number): void {
    const ride = this.#rides.get(rideId);
    if (ride?.stage === 'matched' || ride?.stage === 'waiting') this.#enter(ride, 'riding', atMs);
  }

  arrived(rideId: string, atMs: number): void {
    const ride = this.#rides.get(rideId);
    if (ride && ride.stage !== 'arrived') this.#enter(ride, 'arrived', atMs);
  }

  estimated(rideId: string, leg: string, arrivesAtMs: number): void {
    const ride = this.#rides.get(rideId);
    if (!ride || legOf(ride.stage) !== leg) return;
    ride.arrivesAtMs = arrivesAtMs;
    this.#show(ride);
  }

  /** To be called with every report of a driver that is on a ride, or was in another cell before. */
  seen({ driverId, cell, takenAtMs, trip }: RideReport, movedCell: boolean): void {
    if (!trip) return;
    const known = this.#rides.get(trip.rideId);
    const stage = trip.leg === 'pick-up' ? 'matched' : 'riding';
    if (!known || known.stage === 'waiting') {
      const ride = this.#ride(trip.rideId, takenAtMs);
      Object.assign(ride, { driverId, driverCell: cell, ...targetOf(trip, ride) });
      this.#enter(ride, stage, takenAtMs);
      return;
    }
    known.heardMs = takenAtMs;
    if (known.driverId !== driverId) return;
    if (known.stage === 'matched' && stage === 'riding') this.#enter(known, 'riding', takenAtMs);
    if (!movedCell && known.driverCell !== null) return;
    known.driverCell = cell;
    this.#show(known);
  }

  /** Forgets what has ended. To be called about once a second. */
  sweep(nowMs: number): void {
    for (const ride of this.#rides.values()) {
      const silentMs = nowMs - ride.heardMs;
      const ended =
        (ride.stage === 'arrived' && nowMs - ride.sinceMs > ARRIVED_SHOWN_MS) ||
        (ride.stage === 'waiting' && silentMs > WAIT_MAX_MS) ||
        silentMs > SILENT_MAX_MS;
      if (ended) this.#forget(ride, nowMs);
    }
  }

  #ride(rideId: string, atMs: number): Ride {
    const known = this.#rides.get(rideId);
    if (known) return known;
    const [oldest] = this.#rides.values();
    if (oldest && this.#rides.size >= RIDES_MAX) this.#forget(oldest, atMs);
    const ride: Ride = {
      rideId,
      stage: 'waiting',
      driverId: null,
      driverCell: null,
      pickUp: null,
      dropOff: null,
      arrivesAtMs: null,
      sinceMs: atMs,
      heardMs: atMs,
    };
    this.#rides.set(rideId, ride);
    return ride;
  }

  #enter(ride: Ride, stage: RideStage, atMs: number): void {
    Object.assign(ride, { stage, arrivesAtMs: null, sinceMs: atMs, heardMs: atMs });
    this.#show(ride);
  }

  #show(ride: Ride): void {
    this.#screen.ride(ride.rideId, rowOf(ride), cellsOf(ride));
  }

  #forget(ride: Ride, nowMs: number): void {
    this.#rides.delete(ride.rideId);
    Object.assign(ride, { stage: 'over', sinceMs: nowMs });
    this.#screen.ride(ride.rideId, rowOf(ride), []);
  }
}

function legOf(stage: RideStage): string {
  return stage === 'riding' ? 'drop-off' : 'pick-up';
}

function targetOf({ leg, to }: NonNullable<RideReport['trip']>, { pickUp, dropOff }: Ride) {
  return leg === 'pick-up' ? { pickUp: to, dropOff } : { pickUp, dropOff: to };
}

/** Where it is shown: a rider who waits is looked for at the door, whoever drives is looked for in the car. */
function cellsOf({ stage, pickUp, driverCell }: Ride): string[] {
  const door = pickUp && (stage === 'waiting' || stage === 'matched');
  const cells = [door ? cellAt(pickUp.lat, pickUp.lng) : null, driverCell];
  return [...new Set(cells.filter((cell) => cell !== null))];
}

function rowOf(ride: Ride): string {
  const { rideId, stage, driverId, pickUp, dropOff, arrivesAtMs, sinceMs } = ride;
  const row: RideRow = [
    rideId,
    stage,
    driverId,
    degrees(pickUp?.lat),
    degrees(pickUp?.lng),
    degrees(dropOff?.lat),
    degrees(dropOff?.lng),
    arrivesAtMs === null ? null : Math.round(arrivesAtMs),
    Math.round(sinceMs),
  ];
  return JSON.stringify(row);
}

/** Six decimals are a tenth of a metre. */
const degrees = (value: number | undefined) =>
  value === undefined ? null : Math.round(value * 1e6) / 1e6;
