/** Fraud: drivers whose reports cannot all be true. `jetlane worker` can run this app too. */
import { app, type Message, on, worker } from '@jetlane/core';
import { DriverFlagged, Locations, LocationUpdated, Market } from '@jetlane/streams/location';
import { afflicted } from '../troubles/affliction.ts';
import { fraudDetector } from './fraud-detector.ts';
import { meter } from './meter.ts';
import { FAST, serviceSettings } from './settings.ts';

const handledReport = meter('fraud');
const detect = fraudDetector();

// Lanes: one driver's reports are compared in the order in which they were stored. Several processes
// share the drivers, not the reports: else of four each would see
// one report in four of a driver, and miss a jump that lies between.
const { partitioned } = serviceSettings();
const positions = worker('fraud', { from: Locations, orderBy: 'driverId', partitioned, ...FAST }, [
  on(
    LocationUpdated,
    afflicted((message: Message<typeof LocationUpdated>) => {
      const flag = detect(message.data);
      handledReport(message);
      return flag ? DriverFlagged({ ...flag, atMs: message.data.takenAtMs }) : undefined;
    }),
  ),
]);

// biome-ignore lint/style/noDefaultExport: an app module is loaded by its default export
export default app('fraud', { streams: [Locations, Market], run: [positions] });
