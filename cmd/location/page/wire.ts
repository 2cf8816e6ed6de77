/**
 * What the city's page and its gateway say to each other, as JSON texts: over a WebSocket, or where none gets through as
 * Server-Sent Events with a POST for each question. Types only, shared by both sides.
 * Positions are rows and not objects: they are most of what travels.
 */
import type { StoryFigures } from './figures.ts';

/** Driver id, latitude, longitude, heading in degrees, metres a second, status, when the report was meant to be sent. */
export type DriverRow = readonly [
  driverId: string,
  lat: number,
  lng: number,
  headingDeg: number,
  speedMps: number,
  status: string,
  takenAtMs: number,
];

/** How far a ride has come. `over`: it arrived, or the rider gave up; to be forgotten in a moment. */
export type RideStage = 'waiting' | 'matched' | 'riding' | 'arrived' | 'over';

/** A place that is not known (rides that began before the gateway did) is null; so is an estimate that was not made yet. */
export type RideRow = readonly [
  rideId: string,
  stage: RideStage,
  driverId: string | null,
  pickUpLat: number | null,
  pickUpLng: number | null,
  dropOffLat: number | null,
  dropOffLng: number | null,
  arrivesAtMs: number | null,
  sinceMs: number,
];

/** A cell with everybody in it: free, on the way to a rider, with a rider, mean speed, flagged, reports of the last second. */
export type CrowdRow = readonly [
  cell: string,
  free: number,
  assigned: number,
  onTrip: number,
  meanMps: number,
  flagged: number,
  reports: number,
];

/** A driver caught, and why. */
export type FlagRow = readonly [driverId: string, reason: string, impliedMps: number, atMs: number];

/** One message of a driver or a ride, as the stream holds it. */
export interface TrailEntry {
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  /** When it was meant to be sent; null where the message does not say. */
  readonly sentAtMs: number | null;
  /** When the stream stored it. */
  readonly storedAtMs: number;
  /** Its content as JSON, cut where it is long. */
  readonly text: string;
}

/** Whose messages are meant. */
export interface TrailOf {
  readonly of: 'driver' | 'ride';
  readonly id: string;
}

/** A rectangle of the city, in metres. */
export interface View {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** From the page. Anything else ends the connection with code 1008 and a reason. */
export type PageMessage =
  | ({ readonly ask: 'view' } & View)
  | ({ readonly ask: 'trail' } & TrailOf)
  | { readonly ask: 'trail-end' }
  | { readonly ask: 'time'; readonly at: number };

/** What a page listens to since its last view, and whether drivers come one by one or counted by cell. */
export interface Scope {
  readonly kind: 'scope';
  readonly cells: number;
  readonly drivers: number;
  readonly aggregated: boolean;
  /** Why it is less than the page asked for, in words. */
  readonly words?: string;
}

/** To the page. Kinds that a page does not know are left alone: it may be older than its gateway. */
export type CityMessage =
  | Hello
  | Scope
  | {
      readonly kind: 'snapshot' | 'moved';
      readonly drivers: readonly DriverRow[];
      readonly rides?: readonly RideRow[];
    }
  | { readonly kind: 'crowd'; readonly cells: readonly CrowdRow[] }
  /** `whole`: all that there are, for a page that has just come or missed some; those that it knows besides are of the past. */
  | { readonly kind: 'flagged'; readonly drivers: readonly FlagRow[]; readonly whole?: true }
  | {
      readonly kind: 'surge';
      readonly cells: readonly (readonly [cell: string, multiplier: number])[];
      readonly whole?: true;
    }
  | { readonly kind: 'figures'; readonly figures: StoryFigures }
  | { readonly kind: 'time'; readonly at: number; readonly nowMs: number }
  /** This page read too slowly: for so long it got nothing. */
  | { readonly kind: 'slow'; readonly behindMs: number }
  | ({
      readonly kind: 'trail';
      readonly past: readonly TrailEntry[];
      readonly problem?: string;
    } & TrailOf)
  | ({ readonly kind: 'trailed'; readonly entry: TrailEntry } & TrailOf);

/** The first word. `session` names the page in its questions, where these come by POST. */
export interface Hello {
  readonly kind: 'hello';
  /** Of the page that the gateway serves now. */
  readonly build: string;
  readonly session: string;
}

/** What `/city.json` answers: metres, rounded, from the south-west corner. */
export interface CityMap {
  readonly widthM: number;
  readonly heightM: number;
  /** Degrees of the plane's origin, and metres to one degree. */
  readonly origin: { readonly lat: number; readonly lng: number };
  readonly metresPerDegree: { readonly lat: number; readonly lng: number };
  readonly river: { readonly line: readonly (readonly number[])[]; readonly widthM: number };
  /** Flat lists of x1, y1, x2, y2, for each kind of road: streets, arterials, bridges. */
  readonly roads: readonly (readonly number[])[];
  /** Corners of each H3 cell, flat. */
  readonly cells: Readonly<Record<string, readonly number[]>>;
  /** The larger cell that each of them lies in. */
  readonly parents: Readonly<Record<string, string>>;
}
