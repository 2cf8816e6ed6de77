/** Surge: prices by supply and demand of each cell. `jetlane worker` can run this app too. */
import { app, type Message, on, onBatch, worker } from '@jetlane/core';
import {
  Locations,
  LocationUpdated,
  Market,
  RideRequested,
  Rides,
  SurgeChanged,
} from '@jetlane/streams/location';
import { nowMs } from '../ledger/clock.ts';
import { afflicted } from '../troubles/affliction.ts';
import { meter } from './meter.ts';
import { priceBoard } from './price-board.ts';
import { FAST, serviceSettings } from './settings.ts';

const handledReport = meter('surge');
const board = priceBoard(serviceSettings().processes);

const positions = worker('surge', { from: Locations, ...FAST }, [
  onBatch(
    LocationUpdated,
    { size: 250, within: '10ms' },
    afflicted((reports: readonly Message<typeof LocationUpdated>[]) => {
      for (const { data } of reports) board.driver(data);
      const atMs = nowMs();
      const changes = board.changes(atMs).map((price) => SurgeChanged({ ...price, atMs }));
      for (const report of reports) handledReport(report);
      return changes;
    }),
  ),
]);

const requests = worker('surge-riders', { from: Rides, startAt: 'new' }, [
  on(RideRequested, ({ data }) => {
    if (data.attempt === 1) board.rider(data.cell, data.requestedAtMs);
  }),
]);

// biome-ignore lint/style/noDefaultExport: an app module is loaded by its default export
export default app('surge', { streams: [Locations, Rides, Market], run: [positions, requests] });
