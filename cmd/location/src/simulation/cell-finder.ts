/**
 * The H3 cell of each phone, looked up only where it may have changed: while a phone stays within the circle that fits into
 * its last cell, it is still there. Nine of ten reports need no look-up, and every cell is one string, however many report
 * from it.
 */
import { cellToBoundary, cellToLatLng } from 'h3-js';
import { cellAt, toX, toY } from '../city/plane.ts';

/** Says in which cell a phone is, given where it is now. */
export type CellFinder = (phone: number, lat: number, lng: number) => string;

interface Known {
  readonly cell: string;
  readonly xM: number;
  readonly yM: number;
  /** Of the largest circle around its middle that lies within, squared. */
  readonly withinM2: number;
}

/** The plane bends an edge by centimetres. */
const MARGIN_M = 5;

/** For phones 0 to `phones` - 1, none of which has been seen. */
export function cellFinder(phones: number): CellFinder {
  const cells: Known[] = [];
  const numbers = new Map<string, number>();
  const last = new Int32Array(phones).fill(-1);
  return (phone, lat, lng) => {
    const known = cells[last[phone] as number];
    if (known) {
      const [eastM, northM] = [toX(lng) - known.xM, toY(lat) - known.yM];
      if (eastM * eastM + northM * northM < known.withinM2) return known.cell;
    }
    const cell = cellAt(lat, lng);
    let number = numbers.get(cell);
    if (number === undefined) {
      number = cells.push(circleOf(cell)) - 1;
      numbers.set(cell, number);
    }
    last[phone] = number;
    return (cells[number] as Known).cell;
  };
}

function circleOf(cell: string): Known {
  const [lat, lng] = cellToLatLng(cell);
  const [xM, yM] = [toX(lng), toY(lat)];
  const corners = cellToBoundary(cell).map(([cornerLat, cornerLng]) => [
    toX(cornerLng) - xM,
    toY(cornerLat) - yM,
  ]) as [number, number][];
  const edges = corners.map((corner, i) => awayM(corner, corners[(i + 1) % corners.length]));
  return { cell, xM, yM, withinM2: (Math.min(...edges) - MARGIN_M) ** 2 };
}

/** How far the line through two corners is from the middle. */
function awayM([ax, ay]: [number, number], to: [number, number] | undefined): number {
  const [bx, by] = to as [number, number];
  return Math.abs(ax * by - ay * bx) / Math.hypot(bx - ax, by - ay);
}
