/**
 * Cars on the road graph, as columns of numbers: one step of one car costs about 0.1 µs. A car
 * follows its route edge by edge, speeds up and brakes within limits, slows down for turns, and
 * takes a new route where the last one ends: another short cruise while free, else the ride's.
 */
import type { City } from '../city/city.ts';
import type { LatLng } from '../city/plane.ts';
import { toX, toY } from '../city/plane.ts';
import type { Random } from '../city/random.ts';
import { type Route, router } from '../city/router.ts';

/** Fastest change of speed, in metres per second per second. */
export const ACCELERATION_MPS2 = 2;
export const BRAKING_MPS2 = 3.5;

/** The ride that a car is on. */
export interface Trip {
  readonly rideId: string;
  readonly pickUp: LatLng;
  readonly dropOff: LatLng;
  /** Where it goes now. */
  leg: 'pick-up' | 'drop-off';
}

/** Tells that a car ended a leg of its trip, and when. */
export type LegEnded = (car: number, trip: Trip, leg: Trip['leg'], atMs: number) => void;

/** The cars of a city. */
export interface Fleet {
  /** Metres east and north, and degrees clockwise from north. */
  xM(car: number): number;
  yM(car: number): number;
  headingDeg(car: number): number;
  speedMps(car: number): number;
  trip(car: number): Trip | undefined;
  /** Drives on until `toMs`. */
  advance(car: number, toMs: number): void;
  /** Sends a free car to a rider. False if it is not free. */
  assign(car: number, ride: Pick<Trip, 'rideId' | 'pickUp' | 'dropOff'>): boolean;
}

const STEP_MS = 1000;
const CRUISE_M = 1100;
const SHARP_TURN_MPS = 4.5;
const TURN_MPS = 8;

/** Puts `count` cars on random junctions; their clocks, in milliseconds, start at 0. */
export function fleet(
  city: City,
  random: Random,
  options: { count: number; onLegEnded: LegEnded },
): Fleet {
  const { graph } = city;
  const { count, onLegEnded } = options;
  const findRoute = router(graph);
  const node = new Int32Array(count); // where a car stands between two routes
  const edge = new Int32Array(count).fill(-1);
  const alongM = new Float64Array(count);
  const speed = new Float64Array(count);
  const clockMs = new Float64Array(count);
  const haste = new Float64Array(count); // how this driver takes speed limits
  const position = new Int32Array(count);
  const routes: (Int32Array | undefined)[] = new Array(count).fill(undefined);
  const trips: (Trip | undefined)[] = new Array(count).fill(undefined);
  for (let car = 0; car < count; car++) {
    node[car] = random.below(graph.nodeCount);
    haste[car] = random.between(0.82, 1.04);
  }

  function advance(car: number, toMs: number): void {
    while ((clockMs[car] as number) < toMs) {
      const stepMs = Math.min(STEP_MS, toMs - (clockMs[car] as number));
      if ((edge[car] as number) < 0) depart(car);
      if ((edge[car] as number) >= 0) step(car, stepMs / 1000);
      clockMs[car] = (clockMs[car] as number) + stepMs;
    }
  }

  function step(car: number, seconds: number): void {
    const at = edge[car] as number;
    const length = graph.lengthM[at] as number;
    const endMps = speedAtEnd(car, at);
    const leftM = Math.max(0, length - (alongM[car] as number));
    const brakingMps = Math.sqrt(endMps * endMps + 2 * BRAKING_MPS2 * 0.8 * leftM);
    const wantedMps = Math.min((graph.limitMps[at] as number) * (haste[car] as number), brakingMps);
    const nowMps = speed[car] as number;
    const nextMps = Math.max(
      nowMps - BRAKING_MPS2 * seconds,
      Math.min(nowMps + ACCELERATION_MPS2 * seconds, Math.max(wantedMps, 1)),
      0,
    );
    speed[car] = nextMps;
    let along = (alongM[car] as number) + ((nowMps + nextMps) / 2) * seconds;
    while ((edge[car] as number) >= 0) {
      const edgeM = graph.lengthM[edge[car] as number] as number;
      if (along < edgeM) break;
      along -= edgeM;
      const overshootMs = nextMps > 0 ? Math.min(STEP_MS, (along / nextMps) * 1000) : 0;
      enterNext(car, (clockMs[car] as number) + seconds * 1000 - overshootMs);
    }
    alongM[car] = (edge[car] as number) >= 0 ? along : 0;
  }

  /** How fast a car may be at the end of this edge: by the angle of its next turn, and the stop. */
  function speedAtEnd(car: number, at: number): number {
    const next = routes[car]?.[(position[car] as number) + 1];
    if (next === undefined) return trips[car] ? 1 : TURN_MPS;
    const turn = Math.abs(
      (((((graph.headingDeg[next] as number) - (graph.headingDeg[at] as number)) % 360) + 540) %
        360) -
        180,
    );
    if (turn < 30) return (graph.limitMps[next] as number) * (haste[car] as number);
    return turn < 70 ? TURN_MPS : SHARP_TURN_MPS;
  }

  function enterNext(car: number, atMs: number): void {
    const finished = edge[car] as number;
    const next = (position[car] as number) + 1;
    const following = routes[car]?.[next];
    if (following !== undefined) {
      position[car] = next;
      edge[car] = following;
      return;
    }
    node[car] = graph.target[finished] as number;
    edge[car] = -1;
    endLeg(car, atMs);
    if ((speed[car] as number) > SHARP_TURN_MPS) depart(car); // drives on without a stop
  }

  function endLeg(car: number, atMs: number): void {
    const trip = trips[car];
    if (!trip) return;
    const ended = trip.leg;
    if (ended === 'pick-up') trip.leg = 'drop-off';
    else trips[car] = undefined;
    onLegEnded(car, trip, ended, atMs);
  }

  function depart(car: number): void {
    const from = node[car] as number;
    const trip = trips[car];
    const route = trip ? tripRoute(from, trip) : cruise(from);
    if (route.edges.length > 0) follow(car, route.edges);
    else if (trip) endLeg(car, clockMs[car] as number);
  }

  function tripRoute(from: number, trip: Trip): Route {
    const to = trip.leg === 'pick-up' ? trip.pickUp : trip.dropOff;
    return findRoute(from, graph.nearest(toX(to.lng), toY(to.lat)));
  }

  function cruise(from: number): Route {
    const xM = (graph.x[from] as number) + random.between(-CRUISE_M, CRUISE_M);
    const yM = (graph.y[from] as number) + random.between(-CRUISE_M, CRUISE_M);
    return findRoute(from, graph.nearest(xM, yM));
  }

  function follow(car: number, edges: Int32Array): void {
    routes[car] = edges;
    position[car] = 0;
    edge[car] = edges[0] as number;
  }

  function assign(car: number, ride: Pick<Trip, 'rideId' | 'pickUp' | 'dropOff'>): boolean {
    if (trips[car]) return false;
    const trip: Trip = { ...ride, leg: 'pick-up' };
    trips[car] = trip;
    const at = edge[car] as number;
    if (at < 0) return true; // departs at its next step
    // It finishes the stretch it is on, as a car must, and turns off there.
    const route = tripRoute(graph.target[at] as number, trip);
    const edges = new Int32Array(route.edges.length + 1);
    edges[0] = at;
    edges.set(route.edges, 1);
    follow(car, edges);
    return true;
  }

  function between(car: number, ends: Float64Array): number {
    const at = edge[car] as number;
    if (at < 0) return ends[node[car] as number] as number;
    const share = (alongM[car] as number) / (graph.lengthM[at] as number);
    const from = ends[graph.source[at] as number] as number;
    return from + ((ends[graph.target[at] as number] as number) - from) * share;
  }

  return {
    advance,
    assign,
    xM: (car) => between(car, graph.x),
    yM: (car) => between(car, graph.y),
    headingDeg: (car) =>
      ((edge[car] as number) < 0 ? 0 : graph.headingDeg[edge[car] as number]) ?? 0,
    speedMps: (car) => speed[car] as number,
    trip: (car) => trips[car],
  };
}
