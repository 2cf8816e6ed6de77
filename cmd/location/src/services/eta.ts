/** ETA: when each driver on a ride will end the present leg. `jetlane worker` can run this app too. */
import { app, type Message, on, worker } from '@jetlane/core';
import { EtaEstimated, Locations, LocationUpdated, Market } from '@jetlane/streams/location';
import { generateCity } from '../city/city.ts';
import { afflicted } from '../troubles/affliction.ts';
import { arrivalEstimator } from './arrival.ts';
import { meter } from './meter.ts';
import { FAST, serviceSettings } from './settings.ts';

const handledReport = meter('eta');
const REFRESH_MS = 20_000;

let arrival: ReturnType<typeof arrivalEstimator> | undefined;
/** By driver: what was estimated last. One entry a driver, so it is bounded by their number. */
const estimated = new Map<string, { leg: string; rideId: string; madeAtMs: number }>();

const positions = worker('eta', { from: Locations, ...FAST }, [
  on(LocationUpdated, afflicted(estimate)),
]);

/** Estimates when there is something new to say, and then not again for a while. */
function estimate(message: Message<typeof LocationUpdated>) {
  const { data } = message;
  const { driverId, trip, takenAtMs: madeAtMs } = data;
  if (!trip) {
    handledReport(message);
    return;
  }
  const { rideId, leg } = trip;
  const last = estimated.get(driverId);
  const known = last !== undefined && last.rideId === rideId && last.leg === leg;
  if (known && madeAtMs - last.madeAtMs < REFRESH_MS) {
    handledReport(message);
    return;
  }
  arrival ??= arrivalEstimator(generateCity(serviceSettings().seed));
  const arrivesAtMs = arrival({ ...data, trip });
  estimated.set(driverId, { rideId, leg, madeAtMs });
  handledReport(message);
  return EtaEstimated({ rideId, leg, driverId, madeAtMs, arrivesAtMs });
}

// biome-ignore lint/style/noDefaultExport: an app module is loaded by its default export
export default app('eta', { streams: [Locations, Market], run: [positions] });
