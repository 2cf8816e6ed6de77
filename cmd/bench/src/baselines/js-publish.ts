/** What users of nats.js write: `js.publish` with JSON, an id and the CloudEvents headers, seven in all. Checks nothing. */
import { randomUUID } from 'node:crypto';
import { open } from '@jetlane/core';
import { headers } from '@nats-io/nats-core';
import { positions } from '../measure/position.ts';
import type { Publisher, PublisherOptions } from '../measure/publisher.ts';

/** `js.publish` of nats.js v3. */
export async function jsPublisher({ servers, shape }: PublisherOptions): Promise<Publisher> {
  const { nc, js } = await open(servers);
  const next = positions(shape);
  return {
    send(n, sentNs) {
      const position = next(n, sentNs);
      const id = randomUUID();
      const h = headers();
      h.set('ce-specversion', '1.0');
      h.set('ce-id', id);
      h.set('ce-type', 'Position');
      h.set('ce-source', 'bench');
      h.set('ce-time', new Date().toISOString());
      h.set('ce-datacontenttype', 'application/json');
      // The seventh is Nats-Msg-Id.
      return js.publish(`${shape.prefix}.${position.key}`, JSON.stringify(position), {
        msgID: id,
        headers: h,
      });
    },
    close: () => nc.close(),
  };
}
