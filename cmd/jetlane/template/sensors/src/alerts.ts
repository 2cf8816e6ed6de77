import { on, worker } from '@jetlane/core';
import { AlertRaised, ReadingTaken, Sensors } from './contracts.ts';

const HOT = 80;
const IN_A_ROW = 3;

/**
 * Raises an alert when a device is hot three times in a row. Readings of one device come one at a time and in order, those of
 * different devices in parallel. What it returns is stored before the reading counts as done.
 */
export function alerts() {
  const hot = new Map<string, number>(); // of this process: begins anew with it
  return worker('alerts', { from: Sensors, orderBy: 'deviceId' }, [
    on(ReadingTaken, ({ data }) => {
      const { deviceId, celsius } = data;
      const count = celsius > HOT ? (hot.get(deviceId) ?? 0) + 1 : 0;
      hot.set(deviceId, count);
      if (count !== IN_A_ROW) return;
      console.log(`${deviceId} is hot: ${celsius} °C`);
      return AlertRaised({ deviceId, celsius });
    }),
  ]);
}
