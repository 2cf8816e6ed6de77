/** What the gateway hears: one worker a stream, however many pages look, and what becomes of each message. */
import { app, on, worker } from '@jetlane/core';
import {
  DriverFlagged,
  EtaEstimated,
  Locations,
  LocationUpdated,
  Market,
  RideArrived,
  RideMatched,
  RidePickedUp,
  RideRequested,
  Rides,
  RideUnmatched,
  SurgeChanged,
} from '@jetlane/streams/location';
import { nowMs } from '../ledger/clock.ts';
import { FAST } from '../services/settings.ts';
import type { News } from './news.ts';
import type { RideBoard } from './ride-board.ts';
import type { Trails } from './trails.ts';
import type { Viewers } from './viewers.ts';

/** Where what is heard goes. */
export interface Hearers {
  readonly viewers: Viewers;
  readonly board: RideBoard;
  readonly news: News;
  readonly trails: Trails;
  /** Told of each position. */
  readonly counted: () => void;
}

/** The app to start; its durables are `live-map`, `live-map-rides` and `live-map-market`. */
export function listening({
  viewers,
  board,
  news,
  trails,
  counted,
}: Hearers): ReturnType<typeof app> {
  const positions = worker('live-map', { from: Locations, ...FAST }, [
    on(LocationUpdated, (message) => {
      const { data } = message;
      counted();
      board.seen(data, viewers.see(data));
      trails.heard({ of: 'driver', id: data.driverId }, () => stored(Locations.name, message));
    }),
  ]);

  const ofRide = (rideId: string, message: Heard) =>
    trails.heard({ of: 'ride', id: rideId }, () => stored(Rides.name, message));
  const rides = worker('live-map-rides', { from: Rides, startAt: 'new', validate: 'foreign' }, [
    on(RideRequested, (message) => {
      board.requested(message.data);
      ofRide(message.data.rideId, message);
    }),
    on(RideMatched, (message) => {
      const { driverId, rideId } = message.data;
      board.matched(message.data, viewers.lastOf(driverId)?.cell);
      ofRide(rideId, message);
    }),
    on(RideUnmatched, (message) => {
      board.unmatched(message.data.rideId, nowMs());
      ofRide(message.data.rideId, message);
    }),
    on(RidePickedUp, (message) => {
      board.pickedUp(message.data.rideId, message.data.atMs);
      ofRide(message.data.rideId, message);
    }),
    on(RideArrived, (message) => {
      board.arrived(message.data.rideId, message.data.atMs);
      ofRide(message.data.rideId, message);
    }),
  ]);

  const market = worker('live-map-market', { from: Market, startAt: 'new', validate: 'foreign' }, [
    on(EtaEstimated, (message) => {
      const { rideId, leg, arrivesAtMs } = message.data;
      board.estimated(rideId, leg, arrivesAtMs);
      trails.heard({ of: 'ride', id: rideId }, () => stored(Market.name, message));
    }),
    on(DriverFlagged, (message) => {
      const { driverId } = message.data;
      news.flagged(message.data);
      viewers.flag(driverId);
      trails.heard({ of: 'driver', id: driverId }, () => stored(Market.name, message));
    }),
    on(SurgeChanged, ({ data }) => news.surge(data.cell, data.multiplier)),
  ]);

  return app('live-map', { streams: [Locations, Rides, Market], run: [positions, rides, market] });
}

interface Heard {
  readonly seq: number;
  readonly subject: string;
  readonly type: string;
  readonly time: Date;
  readonly data: unknown;
}

function stored(stream: string, { seq, subject, type, time, data }: Heard) {
  return { stream, seq, subject, type, storedAtMs: time.getTime(), data };
}
