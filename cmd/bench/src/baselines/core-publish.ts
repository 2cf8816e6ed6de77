/** The floor of latency: core NATS with JSON, no headers. Nobody confirms, nothing is stored. */
import { open } from '@jetlane/core';
import { positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

/** `nc.publish` of nats.js v3. */
export async function corePublisher({ servers, shape }: PublisherOptions): Promise<Publisher> {
  const { nc } = await open(servers);
  const next = positions(shape);
  return {
    send(n, sentNs) {
      const position = next(n, sentNs);
      nc.publish(`${shape.prefix}.${position.key}`, JSON.stringify(position));
      return undefined;
    },
    flush: () => nc.flush(),
    close: () => nc.close(),
  };
}
