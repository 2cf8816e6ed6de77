/** When a driver will arrive, by the road graph. Pure. */
import type { City } from '../city/city.ts';
import type { RoadGraph } from '../city/graph.ts';
import { type LatLng, toX, toY } from '../city/plane.ts';
import { router } from '../city/router.ts';

/** What an estimate needs of a report. */
export interface OnTheWay extends LatLng {
  readonly headingDeg: number;
  readonly speedMps: number;
  readonly takenAtMs: number;
  readonly trip: { readonly to: LatLng };
}

/** Fitted to simulated drives: the router charges straight junctions a little too much. */
const DRIVEN_TO_ROUTED = 0.98;
/** What speeding up from a stop costs. */
const START_S = 3;
const MOVING_MPS = 2;
/** A report lies on a road if it is this near and heads the same way. */
const ON_ROAD_M = 30;
const ON_ROAD_DEG = 20;

/** Makes the estimator of a city: report in, arrival in epoch milliseconds out. */
export function arrivalEstimator(city: City): (report: OnTheWay) => number {
  const { graph } = city;
  const findRoute = router(graph);
  return ({ lat, lng, headingDeg, speedMps, takenAtMs, trip }) => {
    const [xM, yM] = [toX(lng), toY(lat)];
    const to = graph.nearest(toX(trip.to.lng), toY(trip.to.lat));
    const ahead = roadAhead(graph, { xM, yM, headingDeg });
    const from = ahead?.node ?? graph.nearest(xM, yM);
    const startS = speedMps < MOVING_MPS ? START_S : 0;
    const seconds = startS + (ahead?.seconds ?? 0) + findRoute(from, to).seconds * DRIVEN_TO_ROUTED;
    return takenAtMs + seconds * 1000;
  };
}

/**
 * The road that a car is on, and the junction it must drive to before it can turn: of all edges at
 * the nearest junction, the one that runs past the car in its direction.
 */
function roadAhead(
  graph: RoadGraph,
  car: { xM: number; yM: number; headingDeg: number },
): { node: number; seconds: number } | undefined {
  const near = graph.nearest(car.xM, car.yM);
  let best: { node: number; seconds: number } | undefined;
  let bestM = ON_ROAD_M;
  const consider = (edge: number) => {
    const heading = graph.headingDeg[edge] as number;
    if (Math.abs(((heading - car.headingDeg + 540) % 360) - 180) > ON_ROAD_DEG) return;
    const [sin, cos] = [Math.sin((heading * Math.PI) / 180), Math.cos((heading * Math.PI) / 180)];
    const source = graph.source[edge] as number;
    const [eastM, northM] = [
      car.xM - (graph.x[source] as number),
      car.yM - (graph.y[source] as number),
    ];
    const alongM = eastM * sin + northM * cos;
    const asideM = Math.abs(eastM * cos - northM * sin);
    const leftM = (graph.lengthM[edge] as number) - alongM;
    if (asideM > bestM || alongM < -ON_ROAD_M || leftM < -ON_ROAD_M) return;
    bestM = asideM;
    const seconds = Math.max(0, leftM) / (graph.limitMps[edge] as number);
    best = { node: graph.target[edge] as number, seconds };
  };
  const last = graph.firstEdge[near + 1] as number;
  for (let edge = graph.firstEdge[near] as number; edge < last; edge++) {
    consider(edge);
    const other = graph.target[edge] as number;
    const end = graph.firstEdge[other + 1] as number;
    for (let back = graph.firstEdge[other] as number; back < end; back++) {
      if (graph.target[back] === near) consider(back);
    }
  }
  return best;
}
