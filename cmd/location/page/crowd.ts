/** Drivers counted by cell, as the gateway tells them when there are too many to draw each; cells that are too small are taken together. */
import type { CityMap, CrowdRow } from './wire.ts';

/** Everybody in one cell, or in a few that lie together. */
export interface Cluster {
  readonly cells: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly free: number;
  readonly assigned: number;
  readonly onTrip: number;
  readonly drivers: number;
  readonly meanMps: number;
  readonly flagged: number;
}

/** What was counted last. */
export interface Crowd {
  /** Drivers in all cells. */
  readonly drivers: number;
  readonly flagged: number;
  put(rows: readonly CrowdRow[]): void;
  /** One for each cell, or for each larger cell. */
  clusters(larger: boolean): readonly Cluster[];
  clear(): void;
}

/** Nobody has been counted. */
export function crowd(city: Pick<CityMap, 'cells' | 'parents'>): Crowd {
  let rows: readonly CrowdRow[] = [];
  let made: { small?: readonly Cluster[]; large?: readonly Cluster[] } = {};
  const total = (of: (row: CrowdRow) => number) => rows.reduce((sum, row) => sum + of(row), 0);

  function gather(keyOf: (cell: string) => string | undefined): Cluster[] {
    const groups = new Map<string, CrowdRow[]>();
    for (const row of rows) {
      const key = keyOf(row[0]);
      if (key === undefined || !(row[0] in city.cells)) continue;
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    return [...groups.values()].map((group) => cluster(group, city.cells));
  }

  return {
    get drivers() {
      return total(driversOf);
    },
    get flagged() {
      return total(([, , , , , flagged]) => flagged);
    },
    put(next) {
      rows = next;
      made = {};
    },
    clusters(larger) {
      if (larger) {
        made.large ??= gather((cell) => city.parents[cell]);
        return made.large;
      }
      made.small ??= gather((cell) => cell);
      return made.small;
    },
    clear() {
      rows = [];
      made = {};
    },
  };
}

const driversOf = ([, free, assigned, onTrip]: CrowdRow) => free + assigned + onTrip;

/** In the middle of its drivers. */
function cluster(rows: readonly CrowdRow[], corners: CityMap['cells']): Cluster {
  const sums = { x: 0, y: 0, free: 0, assigned: 0, onTrip: 0, drivers: 0, speed: 0, flagged: 0 };
  for (const row of rows) {
    const [cell, free, assigned, onTrip, meanMps, flagged] = row;
    const drivers = driversOf(row);
    const [x, y] = middleOf(corners[cell] ?? []);
    sums.x += x * drivers;
    sums.y += y * drivers;
    sums.free += free;
    sums.assigned += assigned;
    sums.onTrip += onTrip;
    sums.drivers += drivers;
    sums.speed += meanMps * drivers;
    sums.flagged += flagged;
  }
  const { x, y, speed, ...counts } = sums;
  const by = Math.max(1, sums.drivers);
  const cells = rows.map(([cell]) => cell);
  return { ...counts, cells, x: x / by, y: y / by, meanMps: speed / by };
}

function middleOf(corners: readonly number[]): readonly [number, number] {
  let [x, y] = [0, 0];
  for (let i = 0; i + 1 < corners.length; i += 2) {
    x += corners[i] as number;
    y += corners[i + 1] as number;
  }
  const count = Math.max(1, corners.length / 2);
  return [x / count, y / count];
}
