/** The city as the page draws it: rounded metres, each road once, and the H3 cells that cover it. */

import { CELL_RESOLUTION } from '@jetlane/streams/location';
import { cellToBoundary, cellToLatLng, cellToParent, gridDisk, latLngToCell } from 'h3-js';
import type { CityMap, View } from '#wire';
import type { City } from '../city/city.ts';
import { toLat, toLng, toX, toY } from '../city/plane.ts';

/** The cells that a view touches. */
export interface Cut {
  readonly cells: readonly string[];
  /** Why these are fewer than the view would hold, in words. */
  readonly words: string | undefined;
}

/** A city's map and the way from a view to its cells. */
export interface CityCells {
  readonly map: CityMap;
  /** Never more than the cells of the city and its surroundings, however large the view. */
  cellsIn(view: View): Cut;
}

const MARGIN_M = 7000; // fake positions of teleporting drivers lie outside, too
const CELL_RADIUS_M = 620;
/** A window of the page is never so much larger than the city. */
const VIEW_MAX_M = 100_000;

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
      parents: Object.fromEntries(
        inner.map((cell) => [cell, cellToParent(cell, CELL_RESOLUTION - 1)]),
      ),
    },
    cellsIn(view) {
      const cells = within(view, CELL_RADIUS_M);
      const widest = Math.max(view.east - view.west, view.north - view.south);
      const words =
        widest > VIEW_MAX_M
          ? `you asked for ${Math.round(widest / 1000).toLocaleString('en')} km; the city ends after its ${cells.length} cells`
          : undefined;
      return { cells, words };
    },
  };
}
