/** Ours, with everything on: decoded, lanes by key, acknowledged one by one. Trusts what a Jetlane publisher has checked. */
import { connect, on, worker } from '@jetlane/core';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import { graveOf, positionEvent, positionStream } from '../measure/position.ts';

/** `worker`. */
export async function jetlaneWorker(options: ConsumerOptions): Promise<Consumer> {
  const { servers, stream, settings, prefix, durable, from, room, onPosition } = options;
  const client = await connect(servers);
  const Position = positionEvent(prefix);
  await client.start(
    worker(
      durable,
      {
        from: positionStream(stream, prefix, settings),
        orderBy: 'key',
        startAt: from,
        concurrency: Math.max(1, Math.floor(room / 4)),
        maxAckPending: 4 * room,
        validate: 'foreign',
        deadLetter: graveOf(stream),
      },
      [
        on(Position, (message) => {
          if (message.id !== '') onPosition(message.data.sentNs);
        }),
      ],
    ),
  );
  return { close: () => client.close() };
}
