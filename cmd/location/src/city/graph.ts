/**
 * A road graph in typed arrays: the edges that leave node n are `firstEdge[n] .. firstEdge[n+1]`.
 * Every road is two directed edges. Nothing here allocates after construction.
 */

/** What kind of road an edge is. */
export const ROAD = { street: 0, arterial: 1, bridge: 2 } as const;

/** One stretch of road between two nodes, before directions are made of it. */
export interface Road {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
}

/** Roads and their junctions. */
export interface RoadGraph {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** Metres east and north. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly firstEdge: Int32Array;
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly lengthM: Float64Array;
  readonly limitMps: Float64Array;
  readonly headingDeg: Float64Array;
  readonly kind: Uint8Array;
  readonly roads: readonly Road[];
  /** The node nearest to a point of the plane. */
  nearest(xM: number, yM: number): number;
}

const LIMIT_MPS = [9.7, 16.7, 13.9] as const;

/** Builds the graph of the given roads. Nodes without a road must have been removed. */
export function roadGraph(x: Float64Array, y: Float64Array, roads: readonly Road[]): RoadGraph {
  const nodeCount = x.length;
  const edgeCount = roads.length * 2;
  const firstEdge = new Int32Array(nodeCount + 1);
  for (const { from, to } of roads) {
    firstEdge[from + 1] = (firstEdge[from + 1] as number) + 1;
    firstEdge[to + 1] = (firstEdge[to + 1] as number) + 1;
  }
  for (let n = 0; n < nodeCount; n++) {
    firstEdge[n + 1] = (firstEdge[n + 1] as number) + (firstEdge[n] as number);
  }
  const graph = {
    nodeCount,
    edgeCount,
    x,
    y,
    firstEdge,
    source: new Int32Array(edgeCount),
    target: new Int32Array(edgeCount),
    lengthM: new Float64Array(edgeCount),
    limitMps: new Float64Array(edgeCount),
    headingDeg: new Float64Array(edgeCount),
    kind: new Uint8Array(edgeCount),
    roads,
    nearest: nearestNode(x, y),
  };
  const fill = firstEdge.slice(0, nodeCount);
  const add = (from: number, to: number, kind: number) => {
    const edge = fill[from] as number;
    fill[from] = edge + 1;
    const eastM = (x[to] as number) - (x[from] as number);
    const northM = (y[to] as number) - (y[from] as number);
    graph.source[edge] = from;
    graph.target[edge] = to;
    graph.lengthM[edge] = Math.hypot(eastM, northM);
    graph.limitMps[edge] = LIMIT_MPS[kind] ?? LIMIT_MPS[0];
    graph.headingDeg[edge] = ((Math.atan2(eastM, northM) * 180) / Math.PI + 360) % 360;
    graph.kind[edge] = kind;
  };
  for (const { from, to, kind } of roads) {
    add(from, to, kind);
    add(to, from, kind);
  }
  return graph;
}

const BUCKET_M = 300;

/** Nodes in square buckets; a search widens ring by ring until nothing nearer can follow. */
function nearestNode(x: Float64Array, y: Float64Array): (xM: number, yM: number) => number {
  const buckets = new Map<number, number[]>();
  const key = (column: number, row: number) => (column + 1000) * 100_000 + row + 1000;
  const bucketOf = (metres: number) => Math.floor(metres / BUCKET_M);
  let farthest = 0;
  for (let n = 0; n < x.length; n++) {
    const [column, row] = [bucketOf(x[n] as number), bucketOf(y[n] as number)];
    farthest = Math.max(farthest, Math.abs(column), Math.abs(row));
    const at = key(column, row);
    const bucket = buckets.get(at);
    if (bucket) bucket.push(n);
    else buckets.set(at, [n]);
  }
  return (xM, yM) => {
    const [column, row] = [bucketOf(xM), bucketOf(yM)];
    const ringLimit = farthest + Math.max(Math.abs(column), Math.abs(row)) + 1;
    let best = 0;
    let bestSquared = Number.POSITIVE_INFINITY;
    for (let ring = 0; ring <= ringLimit; ring++) {
      const reachedM = (ring - 1) * BUCKET_M;
      if (reachedM > 0 && reachedM * reachedM > bestSquared) break;
      for (let dc = -ring; dc <= ring; dc++) {
        const step = Math.abs(dc) === ring ? 1 : Math.max(1, 2 * ring);
        for (let dr = -ring; dr <= ring; dr += step) {
          for (const n of buckets.get(key(column + dc, row + dr)) ?? []) {
            const squared = ((x[n] as number) - xM) ** 2 + ((y[n] as number) - yM) ** 2;
            if (squared < bestSquared) [best, bestSquared] = [n, squared];
          }
        }
      }
    }
    return best;
  };
}
