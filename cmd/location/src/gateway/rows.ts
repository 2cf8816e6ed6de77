/** Positions, rides and counts as the bytes that travel: encoded once, copied into the frames of all pages that show them. */
import type { CrowdRow, DriverRow } from '#wire';

/** One driver as pages see it. */
export interface Position {
  readonly driverId: string;
  readonly cell: string;
  readonly lat: number;
  readonly lng: number;
  readonly headingDeg: number;
  readonly speedMps: number;
  readonly status: string;
  readonly takenAtMs: number;
}

/** No bytes. */
export const NOTHING = Buffer.alloc(0);

const COMMA = Buffer.from(',');
const RIDES = Buffer.from('],"rides":[');
const END = Buffer.from(']}');
/** Beginnings of frames, by their kind. */
export const HEAD = {
  moved: Buffer.from('{"kind":"moved","drivers":['),
  snapshot: Buffer.from('{"kind":"snapshot","drivers":['),
  crowd: Buffer.from('{"kind":"crowd","cells":['),
} as const;

/** Rows of drivers with commas between. */
export function driverRows(positions: Iterable<Position>): Buffer {
  const rows: string[] = [];
  for (const p of positions) {
    const row: DriverRow = [
      p.driverId,
      p.lat,
      p.lng,
      p.headingDeg,
      p.speedMps,
      p.status,
      p.takenAtMs,
    ];
    rows.push(JSON.stringify(row));
  }
  return Buffer.from(rows.join(','));
}

/** Rows that are texts already, with commas between. */
export function textRows(texts: readonly string[]): Buffer {
  return texts.length === 0 ? NOTHING : Buffer.from(texts.join(','));
}

/** The row of a cell. */
export function crowdRow(row: CrowdRow): Buffer {
  return Buffer.from(JSON.stringify(row));
}

/** A frame of drivers, and of rides where there are any. Empty parts are left out. */
export function frame(
  head: Buffer,
  drivers: readonly Buffer[],
  rides: readonly Buffer[] = [],
): Buffer {
  const pieces = [head];
  append(pieces, drivers);
  if (rides.some((part) => part.length > 0)) {
    pieces.push(RIDES);
    append(pieces, rides);
  }
  pieces.push(END);
  return Buffer.concat(pieces);
}

function append(pieces: Buffer[], parts: readonly Buffer[]): void {
  let first = true;
  for (const part of parts) {
    if (part.length === 0) continue;
    if (!first) pieces.push(COMMA);
    pieces.push(part);
    first = false;
  }
}
