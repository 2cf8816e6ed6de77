/**
 * Cars on the road graph, as columns of numbers: one step of one car costs about 0.1 µs. A car
 * follows its route edge by edge, speeds up and brakes within limits, slows down for turns, and
 * takes a new route where the last one ends: another short cruise while free, else the ride's.
 */
import type { City } from '../city/city.ts';
import type { RoadGraph } from '../city/graph.ts';
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

const STEP_MS = 1000;
const CRUISE_M = 1100;
const SHARP_TURN_MPS = 4.5;
const TURN_MPS = 8;

/** The cars of a city, on random junctions at first. Their clocks, in milliseconds, start at 0. */
export class Fleet {
  readonly #graph: RoadGraph;
  readonly #findRoute: (from: number, to: number) => Route;
  readonly #random: Random;
  readonly #onLegEnded: LegEnded;
  /** Where a car stands between two routes. */
  readonly #node: Int32Array;
  /** The edge it drives on, or -1. */
  readonly #edge: Int32Array;
  readonly #alongM: Float64Array;
  readonly #speed: Float64Array;
  readonly #clockMs: Float64Array;
  /** How its driver takes speed limits. */
  readonly #haste: Float64Array;
  readonly #position: Int32Array;
  readonly #routes: (Int32Array | undefined)[];
  readonly #trips: (Trip | undefined)[];

  constructor(city: City, random: Random, options: { count: number; onLegEnded: LegEnded }) {
    const { count } = options;
    this.#graph = city.graph;
    this.#findRoute = router(city.graph);
    this.#random = random;
    this.#onLegEnded = options.onLegEnded;
    this.#node = new Int32Array(count).map(() => random.below(city.graph.nodeCount));
    this.#edge = new Int32Array(count).fill(-1);
    this.#alongM = new Float64Array(count);
    this.#speed = new Float64Array(count);
    this.#clockMs = new Float64Array(count);
    this.#haste = new Float64Array(count).map(() => random.between(0.82, 1.04));
    this.#position = new Int32Array(count);
    this.#routes = new Array(count).fill(undefined);
    this.#trips = new Array(count).fill(undefined);
  }

  /** Metres east of the city's corner. */
  xM(car: number): number {
    return this.#between(car, this.#graph.x);
  }

  /** Metres north of the city's corner. */
  yM(car: number): number {
    return this.#between(car, this.#graph.y);
  }

  /** Degrees clockwise from north. */
  headingDeg(car: number): number {
    return this.#graph.headingDeg[this.#edge[car] as number] ?? 0;
  }

  speedMps(car: number): number {
    return this.#speed[car] as number;
  }

  trip(car: number): Trip | undefined {
    return this.#trips[car];
  }

  /** Drives on until `toMs`. */
  advance(car: number, toMs: number): void {
    for (let clockMs = this.#clockMs[car] as number; clockMs < toMs; ) {
      const stepMs = Math.min(STEP_MS, toMs - clockMs);
      if ((this.#edge[car] as number) < 0) this.#depart(car);
      if ((this.#edge[car] as number) >= 0) this.#step(car, stepMs / 1000);
      clockMs += stepMs;
      this.#clockMs[car] = clockMs;
    }
  }

  /** Sends a free car to a rider. False if it is not free. */
  assign(car: number, ride: Pick<Trip, 'rideId' | 'pickUp' | 'dropOff'>): boolean {
    if (this.#trips[car]) return false;
    const { rideId, pickUp, dropOff } = ride;
    const trip: Trip = { rideId, pickUp, dropOff, leg: 'pick-up' };
    this.#trips[car] = trip;
    const at = this.#edge[car] as number;
    if (at < 0) return true; // departs at its next step
    // It finishes the stretch it is on, as a car must, and turns off there.
    const route = this.#tripRoute(this.#graph.target[at] as number, trip);
    const edges = new Int32Array(route.edges.length + 1);
    edges[0] = at;
    edges.set(route.edges, 1);
    this.#follow(car, edges);
    return true;
  }

  /** Lets a car that stands begin with its rider on board. */
  board(car: number, ride: Pick<Trip, 'rideId' | 'pickUp' | 'dropOff'>): void {
    const { rideId, pickUp, dropOff } = ride;
    this.#trips[car] = { rideId, pickUp, dropOff, leg: 'drop-off' };
  }

  #step(car: number, seconds: number): void {
    const graph = this.#graph;
    const at = this.#edge[car] as number;
    const endMps = this.#speedAtEnd(car, at);
    const leftM = Math.max(0, (graph.lengthM[at] as number) - (this.#alongM[car] as number));
    const brakingMps = Math.sqrt(endMps * endMps + 2 * BRAKING_MPS2 * 0.8 * leftM);
    const limitMps = (graph.limitMps[at] as number) * (this.#haste[car] as number);
    const wantedMps = Math.max(1, Math.min(limitMps, brakingMps));
    const nowMps = this.#speed[car] as number;
    const nextMps = Math.max(
      0,
      nowMps - BRAKING_MPS2 * seconds,
      Math.min(nowMps + ACCELERATION_MPS2 * seconds, wantedMps),
    );
    this.#speed[car] = nextMps;
    let alongM = (this.#alongM[car] as number) + ((nowMps + nextMps) / 2) * seconds;
    while ((this.#edge[car] as number) >= 0) {
      const edgeM = graph.lengthM[this.#edge[car] as number] as number;
      if (alongM < edgeM) break;
      alongM -= edgeM;
      const overshootMs = nextMps > 0 ? Math.min(STEP_MS, (alongM / nextMps) * 1000) : 0;
      this.#enterNext(car, (this.#clockMs[car] as number) + seconds * 1000 - overshootMs);
    }
    this.#alongM[car] = (this.#edge[car] as number) >= 0 ? alongM : 0;
  }

  /** How fast a car may be at the end of this edge: by the angle of its next turn, and the stop. */
  #speedAtEnd(car: number, at: number): number {
    const graph = this.#graph;
    const next = this.#routes[car]?.[(this.#position[car] as number) + 1];
    if (next === undefined) return this.#trips[car] ? 1 : TURN_MPS;
    const apart = (graph.headingDeg[next] as number) - (graph.headingDeg[at] as number);
    const turn = Math.abs(((apart + 540) % 360) - 180);
    if (turn < 30) return (graph.limitMps[next] as number) * (this.#haste[car] as number);
    return turn < 70 ? TURN_MPS : SHARP_TURN_MPS;
  }

  #enterNext(car: number, atMs: number): void {
    const next = (this.#position[car] as number) + 1;
    const following = this.#routes[car]?.[next];
    if (following !== undefined) {
      this.#position[car] = next;
      this.#edge[car] = following;
      return;
    }
    this.#node[car] = this.#graph.target[this.#edge[car] as number] as number;
    this.#edge[car] = -1;
    this.#endLeg(car, atMs);
    if ((this.#speed[car] as number) > SHARP_TURN_MPS) this.#depart(car); // without a stop
  }

  #endLeg(car: number, atMs: number): void {
    const trip = this.#trips[car];
    if (!trip) return;
    const ended = trip.leg;
    if (ended === 'pick-up') trip.leg = 'drop-off';
    else this.#trips[car] = undefined;
    this.#onLegEnded(car, trip, ended, atMs);
  }

  #depart(car: number): void {
    const from = this.#node[car] as number;
    const trip = this.#trips[car];
    const { edges } = trip ? this.#tripRoute(from, trip) : this.#cruise(from);
    if (edges.length > 0) this.#follow(car, edges);
    else if (trip) this.#endLeg(car, this.#clockMs[car] as number);
  }

  #tripRoute(from: number, trip: Trip): Route {
    const to = trip.leg === 'pick-up' ? trip.pickUp : trip.dropOff;
    return this.#findRoute(from, this.#graph.nearest(toX(to.lng), toY(to.lat)));
  }

  #cruise(from: number): Route {
    const { x, y } = this.#graph;
    const xM = (x[from] as number) + this.#random.between(-CRUISE_M, CRUISE_M);
    const yM = (y[from] as number) + this.#random.between(-CRUISE_M, CRUISE_M);
    return this.#findRoute(from, this.#graph.nearest(xM, yM));
  }

  #follow(car: number, edges: Int32Array): void {
    this.#routes[car] = edges;
    this.#position[car] = 0;
    this.#edge[car] = edges[0] as number;
  }

  #between(car: number, ends: Float64Array): number {
    const graph = this.#graph;
    const at = this.#edge[car] as number;
    if (at < 0) return ends[this.#node[car] as number] as number;
    const share = (this.#alongM[car] as number) / (graph.lengthM[at] as number);
    const from = ends[graph.source[at] as number] as number;
    return from + ((ends[graph.target[at] as number] as number) - from) * share;
  }
}
