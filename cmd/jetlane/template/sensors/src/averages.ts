import { onBatch, worker } from '@jetlane/core';
import { ReadingTaken, Sensors } from './contracts.ts';

/** Takes readings by the hundred, waiting half a second for them: here is where they would go into a database. */
export const averages = worker('averages', { from: Sensors }, [
  onBatch(ReadingTaken, { size: 100, within: '500ms' }, (readings) => {
    const sum = readings.reduce((total, { data }) => total + data.celsius, 0);
    console.log(`${readings.length} readings, ${(sum / readings.length).toFixed(1)} °C on average`);
  }),
]);
