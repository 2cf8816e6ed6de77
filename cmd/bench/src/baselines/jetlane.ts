/** Ours, with everything on: schema checked, ids, nine headers, retries, a window. Nothing that is not a default but its size. */
import { connect } from '@jetlane/core';
import { positionEvent, positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

/** `client.publish`. */
export async function jetlanePublisher(options: PublisherOptions): Promise<Publisher> {
  const { servers, shape, window } = options;
  const client = await connect({ ...servers, source: 'bench', maxInFlight: window });
  const Position = positionEvent(shape.prefix);
  const next = positions(shape);
  return {
    send: (n, sentNs) => client.publish(Position(next(n, sentNs))),
    close: () => client.close(),
  };
}
