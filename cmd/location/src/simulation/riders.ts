/**
 * Riders: they appear at random, most of them around a few busy places, and ask again when no
 * driver came of it. Keeps each ride from its first request to its end.
 */
import type { City } from '../city/city.ts';
import { cellAt, distanceM, type LatLng, toLat, toLng } from '../city/plane.ts';
import { type Random, seededRandom } from '../city/random.ts';

/** What a rider asks for. */
export interface RideRequest {
  readonly rideId: string;
  readonly cell: string;
  readonly attempt: number;
  readonly requestedAtMs: number;
  readonly pickUp: LatLng;
  readonly dropOff: LatLng;
}

/** The riders of a city. */
export interface Riders {
  readonly requested: number;
  readonly matched: number;
  /** Sets when the first rider may appear; to be called at most once, before `due`. */
  begin(startMs: number): void;
  /** Requests that fall due until `nowMs`, new ones and repeated ones, oldest first. */
  due(nowMs: number): RideRequest[];
  /** A driver was found: matched if `accept` agrees. False if not, or if the ride is not waiting. */
  match(rideId: string, attempt: number, accept: () => boolean): boolean;
  /** Nothing came of this attempt: the rider asks again in a moment, up to a limit. */
  askAgain(rideId: string, attempt: number, nowMs: number): void;
}

const ASK_AGAIN_MS = 2000;
const ATTEMPTS_MAX = 20;
/** A request whose answer is lost counts as unanswered after this long. */
const ANSWER_MS = 15_000;
const BUSY_PLACES = 4;
const BUSY_SPREAD_M = 900;
const BUSY_SHARE = 0.65;
const TRIP_MIN_M = 900;
const TRIP_MAX_M = 5400;

/** Riders of a seed, on average `perSecond` new ones each second. */
export function riders(city: City, options: { seed: number; perSecond: number }): Riders {
  const random = seededRandom(options.seed, 'riders');
  const appear = appearances(city, random);
  const waiting = new Map<string, { request: RideRequest; askAtMs: number }>();
  const gapMs = () => (-Math.log(1 - random.next()) * 1000) / options.perSecond;
  let nextMs = gapMs();
  let [requested, matched] = [0, 0];

  return {
    get requested() {
      return requested;
    },
    get matched() {
      return matched;
    },
    begin(startMs) {
      nextMs += startMs;
    },
    due(nowMs) {
      const due: RideRequest[] = [];
      for (const [rideId, ride] of waiting) {
        if (ride.askAtMs > nowMs) continue;
        if (ride.request.attempt >= ATTEMPTS_MAX) {
          waiting.delete(rideId); // the rider walks
          continue;
        }
        ride.request = { ...ride.request, attempt: ride.request.attempt + 1 };
        ride.askAtMs = nowMs + ANSWER_MS;
        due.push(ride.request);
      }
      for (; nextMs <= nowMs; nextMs += gapMs()) {
        const rideId = `r-${String(++requested).padStart(6, '0')}`;
        const request = { rideId, attempt: 1, requestedAtMs: nextMs, ...appear() };
        waiting.set(request.rideId, { request, askAtMs: nextMs + ANSWER_MS });
        due.push(request);
      }
      return due;
    },
    match(rideId, attempt, accept) {
      if (waiting.get(rideId)?.request.attempt !== attempt || !accept()) return false;
      waiting.delete(rideId);
      matched++;
      return true;
    },
    askAgain(rideId, attempt, nowMs) {
      const ride = waiting.get(rideId);
      if (ride?.request.attempt === attempt) ride.askAtMs = nowMs + ASK_AGAIN_MS;
    },
  };
}

/** Where riders come from and where they want to go. */
function appearances(city: City, random: Random) {
  const { graph } = city;
  const placeOf = (node: number): LatLng => ({
    lat: toLat(graph.y[node] as number),
    lng: toLng(graph.x[node] as number),
  });
  const busy = Array.from({ length: BUSY_PLACES }, () => random.below(graph.nodeCount));
  const somewhere = () => placeOf(random.below(graph.nodeCount));
  const nearBusy = () => {
    const place = busy[random.below(BUSY_PLACES)] as number;
    const xM = (graph.x[place] as number) + random.normal() * BUSY_SPREAD_M;
    const yM = (graph.y[place] as number) + random.normal() * BUSY_SPREAD_M;
    return placeOf(graph.nearest(xM, yM));
  };
  const destination = (from: LatLng): LatLng => {
    for (let tries = 0; tries < 20; tries++) {
      const to = somewhere();
      const apartM = distanceM(from, to);
      if (apartM > TRIP_MIN_M && apartM < TRIP_MAX_M) return to;
    }
    return somewhere();
  };
  return () => {
    const pickUp = random.chance(BUSY_SHARE) ? nearBusy() : somewhere();
    return { pickUp, dropOff: destination(pickUp), cell: cellAt(pickUp.lat, pickUp.lng) };
  };
}
