/** Sends readings of ten devices: a thousand, or as many as you say: `npm run send -- 100000`. */
import { connect } from '@jetlane/core';
import { ReadingTaken, Sensors } from './contracts.ts';

const count = Number(process.argv[2] ?? 1000);

const client = await connect(); // NATS_URL, else nats://127.0.0.1:4222
await client.start(Sensors); // makes the stream, where it is not there
function* readings() {
  for (let number = 0; number < count; number++) {
    const deviceId = `device-${number % 10}`;
    const celsius = 60 + 25 * Math.sin(number / 40); // hot now and then
    yield ReadingTaken({ deviceId, celsius: Math.round(celsius * 10) / 10 });
  }
}
await client.publishAll(readings()); // keeps many on their way at once
console.log(`${count} readings are stored`);
await client.close();
