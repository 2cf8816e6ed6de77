/** When a driver will arrive, by the road graph. Pure. */
import type { City } from '../city/city.ts';
import { type LatLng, toX, toY } from '../city/plane.ts';
import { router } from '../city/router.ts';

/** What an estimate needs of a report. */
export interface OnTheWay extends LatLng {
  readonly headingDeg: number;
  readonly takenAtMs: number;
  readonly trip: { readonly to: LatLng };
}

/** Fitted to simulated drives: the router charges straight junctions a little too much. */
const DRIVEN_TO_ROUTED = 0.98;
const START_S = 3;
/** A car cannot turn where it is: it drives on to the next junction, about half a block ahead. */
const AHEAD_M = 100;

/** Makes the estimator of a city: report in, arrival in epoch milliseconds out. */
export function arrivalEstimator(city: City): (report: OnTheWay) => number {
  const { graph } = city;
  const findRoute = router(graph);
  return ({ lat, lng, headingDeg, takenAtMs, trip }) => {
    const radians = (headingDeg * Math.PI) / 180;
    const xM = toX(lng) + AHEAD_M * Math.sin(radians);
    const yM = toY(lat) + AHEAD_M * Math.cos(radians);
    const from = graph.nearest(xM, yM);
    const to = graph.nearest(toX(trip.to.lng), toY(trip.to.lat));
    const nodeM = Math.hypot(
      (graph.x[from] as number) - toX(lng),
      (graph.y[from] as number) - toY(lat),
    );
    const seconds = START_S + nodeM / 9 + findRoute(from, to).seconds * DRIVEN_TO_ROUTED;
    return takenAtMs + seconds * 1000;
  };
}
