import { describe, expect, it } from 'vitest';
import { generateCity } from './city.ts';
import { ROAD } from './graph.ts';
import { cellAt, distanceM, toLat, toLng, toX, toY } from './plane.ts';
import { seededRandom } from './random.ts';
import { JUNCTION_S, router } from './router.ts';

describe('a generated city', () => {
  const city = generateCity(7);
  const { graph } = city;

  it('is the same for the same seed and another for another', () => {
    const again = generateCity(7).graph;
    expect(again.x).toEqual(graph.x);
    expect(again.roads).toEqual(graph.roads);
    expect(generateCity(8).graph.x).not.toEqual(graph.x);
  });

  it('has a few bridges, and no other road across the river', () => {
    const bridges = graph.roads.filter(({ kind }) => kind === ROAD.bridge);
    expect(bridges.length).toBeGreaterThanOrEqual(3);
    expect(bridges.length).toBeLessThan(20);
    const dry = new Set<number>([0]);
    const ways = new Map<number, number[]>();
    for (const { from, to, kind } of graph.roads) {
      if (kind === ROAD.bridge) continue;
      ways.set(from, [...(ways.get(from) ?? []), to]);
      ways.set(to, [...(ways.get(to) ?? []), from]);
    }
    const open = [0];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const next of ways.get(node) ?? []) {
        if (!dry.has(next)) open.push(next);
        dry.add(next);
      }
    }
    expect(dry.size).toBeLessThan(graph.nodeCount * 0.9);
  });

  it('has faster arterials than streets', () => {
    const limits = (kind: number) => [
      ...new Set(graph.limitMps.filter((_, edge) => graph.kind[edge] === kind)),
    ];
    expect(Math.min(...limits(ROAD.arterial))).toBeGreaterThan(Math.max(...limits(ROAD.street)));
  });

  it('finds the nearest junction of any point, as trying all of them does', () => {
    const random = seededRandom(1, 'points');
    for (let i = 0; i < 300; i++) {
      const [x, y] = [random.between(-5000, 20_000), random.between(-5000, 15_000)];
      let nearest = 0;
      for (let n = 0; n < graph.nodeCount; n++) {
        const away = (node: number) =>
          Math.hypot((graph.x[node] ?? 0) - x, (graph.y[node] ?? 0) - y);
        if (away(n) < away(nearest)) nearest = n;
      }
      expect(graph.nearest(x, y)).toBe(nearest);
    }
  });

  it('routes from anywhere to anywhere, each edge following the last, as fast as Dijkstra', () => {
    const findRoute = router(graph);
    const random = seededRandom(2, 'routes');
    for (let i = 0; i < 12; i++) {
      const [from, to] = [random.below(graph.nodeCount), random.below(graph.nodeCount)];
      const route = findRoute(from, to);
      let at = from;
      for (const edge of route.edges) {
        expect(graph.source[edge]).toBe(at);
        at = graph.target[edge] as number;
      }
      expect(at).toBe(to);
      expect(route.seconds).toBeCloseTo(slowShortest(from)[to] as number, 6);
    }
  });

  /** Bellman-Ford, too simple to be wrong. */
  function slowShortest(from: number): Float64Array {
    const cost = new Float64Array(graph.nodeCount).fill(Number.POSITIVE_INFINITY);
    cost[from] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let edge = 0; edge < graph.edgeCount; edge++) {
        const seconds = (graph.lengthM[edge] ?? 0) / (graph.limitMps[edge] ?? 1) + JUNCTION_S;
        const through = (cost[graph.source[edge] ?? 0] ?? 0) + seconds;
        const target = graph.target[edge] as number;
        if (through < (cost[target] as number) - 1e-9) {
          cost[target] = through;
          changed = true;
        }
      }
    }
    return cost;
  }
});

describe('the plane', () => {
  it('turns metres into degrees and back', () => {
    expect(toX(toLng(1234))).toBeCloseTo(1234, 6);
    expect(toY(toLat(4321))).toBeCloseTo(4321, 6);
    const a = { lat: toLat(0), lng: toLng(0) };
    expect(distanceM(a, { lat: toLat(300), lng: toLng(400) })).toBeCloseTo(500, 6);
  });

  it('names the H3 cell of a place', () => {
    expect(cellAt(toLat(0), toLng(0))).toMatch(/^88[0-9a-f]{13}$/);
  });
});
