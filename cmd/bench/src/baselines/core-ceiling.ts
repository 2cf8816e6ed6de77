/**
 * The ceiling: the very messages of the other sides, seven headers and an id included, published by core NATS into a stream
 * that is not asked to confirm. The headers are a template, since nats.js would take longer for them than for all the
 * rest. One message more with each flush is confirmed, and with it all before it: a stream drops what it is sent faster than it
 * stores, and a ceiling must not count that.
 */
import { randomUUID } from 'node:crypto';
import { open } from '@jetlane/core';
import type { MsgHdrs } from '@nats-io/nats-core';
import { positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

/** `nc.publish` of nats.js v3, with as little else to do as possible. */
export async function ceilingPublisher({ servers, shape }: PublisherOptions): Promise<Publisher> {
  const { nc, js } = await open(servers);
  const next = positions(shape);
  const run = randomUUID();
  const time = new Date().toISOString();
  return {
    send(n, sentNs) {
      const position = next(n, sentNs);
      const id = `${run}${n}`;
      const text = `NATS/1.0\r\nce-specversion: 1.0\r\nce-id: ${id}\r\nce-type: Position\r\nce-source: bench\r\nce-time: ${time}\r\nce-datacontenttype: application/json\r\nNats-Msg-Id: ${id}\r\n\r\n`;
      nc.publish(`${shape.prefix}.${position.key}`, JSON.stringify(position), {
        // All that nats.js calls of headers is `encode`.
        headers: { encode: () => Buffer.from(text, 'latin1') } as unknown as MsgHdrs,
      });
      return undefined;
    },
    flush: () => js.publish(`${shape.prefix}.flush`),
    close: () => nc.close(),
  };
}
