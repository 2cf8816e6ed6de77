/** Matching: the nearest free driver for each rider. `jetlane worker` can run this app too. */
import { app, type Message, on, worker } from '@jetlane/core';
import {
  Locations,
  LocationUpdated,
  Market,
  RideMatched,
  RideRequested,
  Rides,
  RideUnmatched,
} from '@jetlane/streams/location';
import { nowMs } from '../ledger/clock.ts';
import { afflicted } from '../troubles/affliction.ts';
import { driverIndex } from './driver-index.ts';
import { meter } from './meter.ts';
import { FAST } from './settings.ts';

const handledReport = meter('matching');
const index = driverIndex();

const positions = worker('matching', { from: Locations, ...FAST }, [
  on(
    LocationUpdated,
    afflicted((message: Message<typeof LocationUpdated>) => {
      index.see(message.data);
      handledReport(message);
    }),
  ),
]);

const requests = worker('matching-riders', { from: Rides, startAt: 'new' }, [
  on(RideRequested, ({ data }) => {
    const { rideId, attempt, pickUp, dropOff } = data;
    const matchedAtMs = nowMs();
    const found = index.takeNearest(pickUp, matchedAtMs);
    if (!found) return RideUnmatched({ rideId, attempt });
    return RideMatched({ rideId, attempt, matchedAtMs, pickUp, dropOff, ...found });
  }),
]);

// biome-ignore lint/style/noDefaultExport: an app module is loaded by its default export
export default app('matching', {
  streams: [Locations, Rides, Market],
  run: [positions, requests],
});
