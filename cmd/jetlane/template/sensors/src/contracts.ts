/** What travels: messages, and the stream that keeps them. Importing it connects to nothing. */
import { event, stream } from '@jetlane/core';
import { z } from 'zod';

export const ReadingTaken = event('ReadingTaken', {
  subject: 'sensors.{deviceId}.reading',
  schema: z.object({ deviceId: z.string(), celsius: z.number() }),
});

export const AlertRaised = event('AlertRaised', {
  subject: 'sensors.{deviceId}.alert',
  schema: z.object({ deviceId: z.string(), celsius: z.number() }),
});

export const Sensors = stream('SENSORS', {
  subjects: ['sensors.>'],
  messages: [ReadingTaken, AlertRaised],
  maxAge: '7d',
});
