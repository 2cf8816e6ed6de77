/** Request and reply by core NATS: a responder that answers with what it got, and a requester. */
import { open } from '@jetlane/core';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import { positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

const TIMEOUT_MS = 10_000;

/** `nc.request` of nats.js v3. */
export async function coreRequester({ servers, shape }: PublisherOptions): Promise<Publisher> {
  const { nc } = await open(servers);
  const next = positions(shape);
  return {
    send(n, sentNs) {
      const position = next(n, sentNs);
      const subject = `${shape.prefix}.${position.key}`;
      return nc.request(subject, JSON.stringify(position), { timeout: TIMEOUT_MS });
    },
    close: () => nc.close(),
  };
}

/** Answers; several of one prefix share the work. */
export async function coreResponder(options: ConsumerOptions): Promise<Consumer> {
  const { servers, prefix, onPosition } = options;
  const { nc } = await open(servers);
  nc.subscribe(`${prefix}.*`, {
    queue: 'responders',
    callback: (error, m) => {
      if (error !== null) return;
      m.respond(m.data);
      onPosition(Number.NaN);
    },
  });
  await nc.flush();
  return { close: () => nc.close() };
}
