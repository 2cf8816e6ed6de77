/** The city as the page draws it: rounded metres, each road once, and the H3 cells that cover it. */

import { CELL_RESOLUTION } from '@jetlane/streams/location';
import { cellToBoundary, cellToLatLng, gridDisk, latLngToCell } from 'h3-js';
import type { City } from '../city/city.ts';
import { toLat, toLng, toX, toY } from '../city/plane.ts';

/** A rectangle of the plane, in metres. */
export interface View {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** What `/city.json` answers. */
export interface CityMap {
  readonly widthM: number;
  readonly heightM: number;
  /** Degrees of the plane's origin, and metres to one degree. */
  readonly origin: { readonly lat: number; readonly lng: number };
  readonly metresPerDegree: { readonly lat: number; readonly lng: number };
  readonly river: { readonly line: readonly (readonly number[])[]; readonly widthM: number };
  /** Flat lists of x1, y1, x2, y2, for each kind of road: streets, arterials, bridges. */
  readonly roads: readonly (readonly number[])[];
  /** Corners of each cell, flat. */
  readonly cells: Readonly<Record<string, readonly number[]>>;
}

/** A city's map and the way from a view to its cells. */
export interface CityCells {
  readonly map: CityMap;
  /** The cells that a view touches. */
  cellsIn(view: View): string[];
}

const MARGIN_M = 7000; // fake positions of teleporting drivers lie outside, too
const CELL_RADIUS_M = 620;

/** Prepares the map of a city; takes some milliseconds, so once for each run. */
export function cityCells(city: City): CityCells {
  const { graph, river, widthM, heightM } = city;
  const centre = latLngToCell(toLat(heightM / 2), toLng(widthM / 2), CELL_RESOLUTION);
  const rings = Math.ceil((Math.hypot(widthM, heightM) / 2 + MARGIN_M) / 900);
  const centres = gridDisk(centre, rings).map((cell) => {
    const [lat, lng] = cellToLatLng(cell);
    return { cell, x: toX(lng), y: toY(lat) };
  });
  const within = (view: View, marginM: number) =>
    centres
      .filter(
        ({ x, y }) =>
          x > view.west - marginM &&
          x < view.east + marginM &&
          y > view.south - marginM &&
          y < view.north + marginM,
      )
      .map(({ cell }) => cell);
  const roads: number[][] = [[], [], []];
  for (const { from, to, kind } of graph.roads) {
    const ends = [graph.x[from], graph.y[from], graph.x[to], graph.y[to]] as number[];
    roads[kind]?.push(...ends.map(Math.round));
  }
  const corners = (cell: string) =>
    cellToBoundary(cell).flatMap(([lat, lng]) => [Math.round(toX(lng)), Math.round(toY(lat))]);
  const inner = within({ west: 0, south: 0, east: widthM, north: heightM }, CELL_RADIUS_M);
  return {
    map: {
      widthM,
      heightM,
      origin: { lat: toLat(0), lng: toLng(0) },
      metresPerDegree: { lat: 1 / (toLat(1) - toLat(0)), lng: 1 / (toLng(1) - toLng(0)) },
      river: { line: river.line.map((point) => point.map(Math.round)), widthM: river.widthM },
      roads,
      cells: Object.fromEntries(inner.map((cell) => [cell, corners(cell)])),
    },
    cellsIn: (view) => within(view, CELL_RADIUS_M),
  };
}
