import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memory } from '@jetlane/core';
import { alerts } from '../src/alerts.ts';
import { AlertRaised, ReadingTaken } from '../src/contracts.ts';

test('three hot readings in a row of one device are an alert, and one alert only', async () => {
  const client = memory(); // the same behaviour as a server, in this process
  await client.start(alerts());
  for (const celsius of [90, 91, 20, 90, 91, 92, 93])
    await client.publish(ReadingTaken({ deviceId: 'a', celsius }));
  await client.publish(ReadingTaken({ deviceId: 'b', celsius: 99 }));
  await client.idle();
  const raised = client.stored.filter(({ type }) => type === AlertRaised.type);
  assert.deepEqual(
    raised.map(({ data }) => data),
    [{ deviceId: 'a', celsius: 92 }],
  );
  await client.close();
});
