/** What users of nats.js write: `for await` over `consume`, two headers read, the payload decoded by its content type, an ack. */
import { open } from '@jetlane/core';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { unpack } from 'msgpackr';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';
import type { Position } from '../measure/position.ts';

/** The iterator of nats.js v3. */
export async function jsIterator(options: ConsumerOptions): Promise<Consumer> {
  const { servers, stream, durable, from, room, onPosition } = options;
  const { nc, js, jsm } = await open(servers);
  await jsm.consumers.add(stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: from === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
    max_ack_pending: 4 * room,
  });
  const consumer = await js.consumers.get(stream, durable);
  const messages = await consumer.consume({ max_messages: room });
  const consuming = (async () => {
    for await (const m of messages) {
      const id = m.headers?.get('ce-id');
      const type = m.headers?.get('ce-datacontenttype');
      const position = (type === 'application/json' ? m.json() : unpack(m.data)) as Position;
      if (id !== '') onPosition(position.sentNs);
      m.ack();
    }
  })();
  return {
    async close() {
      await messages.close();
      await consuming;
      await nc.close();
    },
  };
}
