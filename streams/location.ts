/**
 * Ride hailing: where drivers are, what riders ask for, and what services conclude from it.
 * Every event carries all that its consumers need, so nobody calls back to the sender.
 */
import { event, stream } from '@jetlane/contracts';
import { z } from 'zod';

/** H3 resolution of every `cell` here: hexagons of about half a kilometre, some 250 to a city. */
export const CELL_RESOLUTION = 8;

const Point = z.object({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) });
const Leg = z.enum(['pick-up', 'drop-off']);

/**
 * A phone's report of its driver's position. `takenAtMs` is when the phone meant to send it, in
 * epoch milliseconds with fractions: latency measured from it cannot hide a sender that is late.
 * `trip` is what the driver is heading for, absent while free.
 */
export const LocationUpdated = event('LocationUpdated', {
  subject: 'location.updated.{cell}.{driverId}',
  schema: z.object({
    driverId: z.string(),
    /** The phone. One driver with two of them at once is fraud. */
    deviceId: z.string(),
    /** Counts the reports of one phone from 1. */
    seq: z.int().positive(),
    cell: z.string(),
    lat: z.number().min(-90).max(90),
    lng: z.number().min(-180).max(180),
    headingDeg: z.number(),
    speedMps: z.number().nonnegative(),
    status: z.enum(['free', 'assigned', 'on-trip']),
    takenAtMs: z.number(),
    trip: z.object({ rideId: z.string(), leg: Leg, to: Point }).optional(),
  }),
});

/** A rider asks for a ride; asks again, with the next `attempt`, when the last one came to nothing. */
export const RideRequested = event('RideRequested', {
  subject: 'rides.requested.{cell}.{rideId}',
  schema: z.object({
    rideId: z.string(),
    cell: z.string(),
    attempt: z.int().positive(),
    requestedAtMs: z.number(),
    pickUp: Point,
    dropOff: Point,
  }),
});

/** A free driver was found near the rider. */
export const RideMatched = event('RideMatched', {
  subject: 'rides.matched.{rideId}',
  schema: z.object({
    rideId: z.string(),
    attempt: z.int().positive(),
    driverId: z.string(),
    matchedAtMs: z.number(),
    distanceM: z.number().nonnegative(),
    pickUp: Point,
    dropOff: Point,
  }),
});

/** No free driver was near enough. */
export const RideUnmatched = event('RideUnmatched', {
  subject: 'rides.unmatched.{rideId}',
  schema: z.object({ rideId: z.string(), attempt: z.int().positive() }),
});

/** The driver reached the rider. */
export const RidePickedUp = event('RidePickedUp', {
  subject: 'rides.picked-up.{rideId}',
  schema: z.object({ rideId: z.string(), driverId: z.string(), atMs: z.number() }),
});

/** The rider reached the destination. */
export const RideArrived = event('RideArrived', {
  subject: 'rides.arrived.{rideId}',
  schema: z.object({ rideId: z.string(), driverId: z.string(), atMs: z.number() }),
});

/** When a driver will end the present leg of a ride. */
export const EtaEstimated = event('EtaEstimated', {
  subject: 'market.eta.{rideId}',
  schema: z.object({
    rideId: z.string(),
    leg: Leg,
    driverId: z.string(),
    madeAtMs: z.number(),
    arrivesAtMs: z.number(),
  }),
});

/** A driver's reports cannot all be true. */
export const DriverFlagged = event('DriverFlagged', {
  subject: 'market.flagged.{driverId}',
  schema: z.object({
    driverId: z.string(),
    reason: z.enum(['teleport', 'two-devices']),
    impliedMps: z.number().nonnegative(),
    atMs: z.number(),
  }),
});

/** Supply and demand of a cell gave another price factor. */
export const SurgeChanged = event('SurgeChanged', {
  subject: 'market.surge.{cell}',
  schema: z.object({
    cell: z.string(),
    supply: z.int().nonnegative(),
    demand: z.int().nonnegative(),
    multiplier: z.number().min(1),
    atMs: z.number(),
  }),
});

/**
 * Copies of each stream: 1, or as many as `LOCATION_REPLICAS` says where servers form a cluster. Left out, streams that exist
 * keep what they have.
 */
const replicas = globalThis.process?.env['LOCATION_REPLICAS'];
const copies = replicas ? { replicas: Number(replicas) } : {};

/**
 * Every position report. Kept long enough for a service that was away to catch up, and no longer:
 * a position is stale in seconds. The short dedupe window covers a phone's resend and keeps the
 * server's memory small at thousands of ids a second. A service that needs a driver's reports in one process, in order, is
 * partitioned by the driver.
 */
export const Locations = stream('LOCATIONS', {
  subjects: ['location.>'],
  messages: [LocationUpdated],
  maxAge: '15m',
  maxBytes: '2GiB',
  dedupeWindow: '10s',
  partitions: { by: 'driverId', count: 8 },
  ...copies,
});

/** The life of a ride. */
export const Rides = stream('RIDES', {
  subjects: ['rides.>'],
  messages: [RideRequested, RideMatched, RideUnmatched, RidePickedUp, RideArrived],
  maxAge: '1h',
  maxBytes: '256MiB',
  ...copies,
});

/** What services conclude: estimates, flags and prices. */
export const Market = stream('MARKET', {
  subjects: ['market.>'],
  messages: [EtaEstimated, DriverFlagged, SurgeChanged],
  maxAge: '1h',
  maxBytes: '256MiB',
  ...copies,
});
