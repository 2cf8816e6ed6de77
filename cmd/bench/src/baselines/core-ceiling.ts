/** The ceiling of a connection: core NATS, the same bytes again and again, no headers, nobody confirms. Nothing is stored. */
import { open } from '@jetlane/core';
import { positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

/** `nc.publish` of nats.js v3, with nothing left to do but that. */
export async function ceilingPublisher({ servers, shape }: PublisherOptions): Promise<Publisher> {
  const { nc } = await open(servers);
  const payload = new TextEncoder().encode(JSON.stringify(positions(shape)(0, 1e14)));
  const subjects = Array.from({ length: shape.keys }, (_, i) => `${shape.prefix}.d${i}`);
  return {
    send(n) {
      nc.publish(subjects[n % subjects.length] as string, payload);
      return undefined;
    },
    flush: () => nc.flush(),
    close: () => nc.close(),
  };
}
