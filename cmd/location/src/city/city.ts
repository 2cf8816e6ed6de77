/**
 * Generates a city from a seed: a bent, gappy grid of streets, faster arterials with one diagonal
 * avenue, and a river that only a few arterials cross. Nothing in it comes from a map, so nothing
 * in it has a licence.
 */
import { ROAD, type Road, type RoadGraph, roadGraph } from './graph.ts';
import { type Random, seededRandom } from './random.ts';

/** A generated city. */
export interface City {
  readonly seed: number;
  readonly widthM: number;
  readonly heightM: number;
  readonly graph: RoadGraph;
  /** The river's middle line from west to east, x and y in metres, and its width. */
  readonly river: {
    readonly line: readonly (readonly [number, number])[];
    readonly widthM: number;
  };
}

const COLUMNS = 74;
const ROWS = 50;
const BLOCK_M = 200;
const ARTERIAL_EVERY = { columns: 6, rows: 5 };
const BRIDGE_EVERY_COLUMNS = 12;
const STREET_GAP = 0.12;
const RIVER_WIDTH_M = 260;

/** Generates the city of a seed; the same seed always gives the same city. Takes about 20 ms. */
export function generateCity(seed: number): City {
  const random = seededRandom(seed, 'city');
  const widthM = (COLUMNS - 1) * BLOCK_M;
  const heightM = (ROWS - 1) * BLOCK_M;
  const riverY = riverCourse(random, heightM);
  const { x, y } = junctions(random, riverY);
  const all = roads(random, x, y, riverY);
  const graph = largestPart(x, y, all);
  const line: [number, number][] = [];
  for (let at = -1500; at <= widthM + 1500; at += 100) line.push([at, riverY(at)]);
  return { seed, widthM, heightM, graph, river: { line, widthM: RIVER_WIDTH_M } };
}

function riverCourse(random: Random, heightM: number): (xM: number) => number {
  const middleM = heightM * random.between(0.38, 0.62);
  const wideM = random.between(500, 900);
  const narrowM = random.between(120, 260);
  const [widePhase, narrowPhase] = [random.between(0, 6.28), random.between(0, 6.28)];
  return (xM) =>
    middleM + wideM * Math.sin(xM / 2600 + widePhase) + narrowM * Math.sin(xM / 900 + narrowPhase);
}

/** A grid, bent by two slow waves, shaken a little, and pushed out of the water. */
function junctions(random: Random, riverY: (xM: number) => number) {
  const x = new Float64Array(COLUMNS * ROWS);
  const y = new Float64Array(COLUMNS * ROWS);
  const [bendX, bendY] = [random.between(0, 6.28), random.between(0, 6.28)];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const node = row * COLUMNS + column;
      const shakeM = isArterial(column, row) ? 8 : 38;
      const [gridX, gridY] = [column * BLOCK_M, row * BLOCK_M];
      const xM = gridX + 170 * Math.sin(gridY / 1900 + bendX) + random.between(-shakeM, shakeM);
      let yM = gridY + 150 * Math.sin(gridX / 2300 + bendY) + random.between(-shakeM, shakeM);
      const aboveM = yM - riverY(xM);
      const clearM = RIVER_WIDTH_M / 2 + 40;
      if (Math.abs(aboveM) < clearM) yM = riverY(xM) + (aboveM < 0 ? -clearM : clearM);
      x[node] = xM;
      y[node] = yM;
    }
  }
  return { x, y };
}

function isArterial(column: number, row: number): boolean {
  return column % ARTERIAL_EVERY.columns === 0 || row % ARTERIAL_EVERY.rows === 0;
}

function roads(random: Random, x: Float64Array, y: Float64Array, riverY: (xM: number) => number) {
  const found: Road[] = [];
  const north = (node: number) => (y[node] as number) > riverY(x[node] as number);
  const add = (from: number, to: number, kind: number, bridge: boolean) => {
    const crosses = north(from) !== north(to);
    if (crosses && !bridge) return;
    if (kind === ROAD.street && random.chance(STREET_GAP)) return;
    found.push({ from, to, kind: crosses ? ROAD.bridge : kind });
  };
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      const node = row * COLUMNS + column;
      if (column + 1 < COLUMNS) {
        const kind = row % ARTERIAL_EVERY.rows === 0 ? ROAD.arterial : ROAD.street;
        add(node, node + 1, kind, false);
      }
      if (row + 1 < ROWS) {
        const kind = column % ARTERIAL_EVERY.columns === 0 ? ROAD.arterial : ROAD.street;
        add(node, node + COLUMNS, kind, column % BRIDGE_EVERY_COLUMNS === 6);
      }
      const avenue = column === row + 12 && row + 1 < ROWS && column + 1 < COLUMNS;
      if (avenue) add(node, node + COLUMNS + 1, ROAD.arterial, false);
    }
  }
  return found;
}

/** Keeps the largest set of junctions that reach each other, so that every route exists. */
function largestPart(x: Float64Array, y: Float64Array, all: readonly Road[]): RoadGraph {
  const parent = Int32Array.from(x, (_, node) => node);
  const root = (node: number): number => {
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] as number] as number;
      at = parent[at] as number;
    }
    return at;
  };
  for (const { from, to } of all) parent[root(from)] = root(to);
  const sizes = new Map<number, number>();
  for (let node = 0; node < x.length; node++) {
    sizes.set(root(node), (sizes.get(root(node)) ?? 0) + 1);
  }
  const [largest] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a));
  const renumbered = new Int32Array(x.length).fill(-1);
  const kept: number[] = [];
  for (let node = 0; node < x.length; node++) {
    if (root(node) === largest) renumbered[node] = kept.push(node) - 1;
  }
  return roadGraph(
    Float64Array.from(kept, (node) => x[node] as number),
    Float64Array.from(kept, (node) => y[node] as number),
    all
      .filter(({ from }) => root(from) === largest)
      .map(({ from, to, kind }) => ({
        from: renumbered[from] as number,
        to: renumbered[to] as number,
        kind,
      })),
  );
}
