/** The message and the stream that publishers of a run use. */
import { event, type Stream, type StreamOptions, stream } from '@jetlane/core';
import { z } from 'zod';

/** Something that happened, to one of a few keys. */
export const Happened = event('Happened', {
  subject: 'chaos.happened.{key}',
  schema: z.object({ key: z.string(), number: z.number(), filler: z.string() }),
});

/** Where it is stored; without limits unless some are given. */
export function chaosStream(
  replicas: 1 | 3,
  limits: Pick<StreamOptions<['chaos.>'], [typeof Happened]>, 'discard' | 'maxMsgs'> = {},
): Stream<'CHAOS', typeof Happened> {
  return stream('CHAOS', { subjects: ['chaos.>'], messages: [Happened], replicas, ...limits });
}
