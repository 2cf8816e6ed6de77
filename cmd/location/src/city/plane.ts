/**
 * The city is computed on a plane in metres (x east, y north, origin at its south-west corner) and
 * reported in degrees. It lies in the open Atlantic, where no real map can be mistaken for it.
 */

import { CELL_RESOLUTION } from '@jetlane/streams/location';
import { latLngToCell } from 'h3-js';

/** A place in degrees. */
export interface LatLng {
  readonly lat: number;
  readonly lng: number;
}

const ORIGIN: LatLng = { lat: 10, lng: -30 };
const METRES_PER_DEGREE = 111_195;
const METRES_PER_DEGREE_EAST = METRES_PER_DEGREE * Math.cos((ORIGIN.lat * Math.PI) / 180);

/** Latitude of `yM` metres north of the origin. */
export const toLat = (yM: number): number => ORIGIN.lat + yM / METRES_PER_DEGREE;
/** Longitude of `xM` metres east of the origin. */
export const toLng = (xM: number): number => ORIGIN.lng + xM / METRES_PER_DEGREE_EAST;
/** Metres east of the origin. */
export const toX = (lng: number): number => (lng - ORIGIN.lng) * METRES_PER_DEGREE_EAST;
/** Metres north of the origin. */
export const toY = (lat: number): number => (lat - ORIGIN.lat) * METRES_PER_DEGREE;

/** Metres between two places of the city, on the plane. */
export function distanceM(a: LatLng, b: LatLng): number {
  const eastM = (a.lng - b.lng) * METRES_PER_DEGREE_EAST;
  const northM = (a.lat - b.lat) * METRES_PER_DEGREE;
  return Math.sqrt(eastM * eastM + northM * northM);
}

/** The H3 cell of a place, at the resolution of the location stream. */
export const cellAt = (lat: number, lng: number): string => latLngToCell(lat, lng, CELL_RESOLUTION);
