/** The least that nats.js can do with a message: a callback that acknowledges it and looks at nothing. No backpressure. */
import { open } from '@jetlane/core';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { Consumer, ConsumerOptions } from '../measure/consumer.ts';

/** The callback of nats.js v3. */
export async function jsCallback(options: ConsumerOptions): Promise<Consumer> {
  const { servers, stream, durable, from, room, onPosition } = options;
  const { nc, js, jsm } = await open(servers);
  await jsm.consumers.add(stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: from === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
    max_ack_pending: 4 * room,
  });
  const consumer = await js.consumers.get(stream, durable);
  const messages = await consumer.consume({
    max_messages: room,
    callback: (m) => {
      onPosition(Number.NaN);
      m.ack();
    },
  });
  return {
    async close() {
      await messages.close();
      await nc.close();
    },
  };
}
