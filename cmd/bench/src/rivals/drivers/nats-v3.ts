/**
 * nats.js v3 by its own documentation: `js.publish` under an id, `consume()` of a durable pull consumer, by iterator and by
 * callback. https://github.com/nats-io/nats.js/blob/main/jetstream/README.md ("Processing Messages", "Callbacks").
 */
import { randomUUID } from 'node:crypto';
import { open } from '@jetlane/core';
import { type Driver, fromPayload, type Place, type Rival, toPayload } from '../rival.ts';

export const JETSTREAM_DURABILITY =
  'JetStream file storage, R1, default sync_interval (2 min): confirmed once the operating system has it';

export const natsV3: Rival = {
  id: 'nats-v3',
  title: 'nats.js v3, iterator',
  broker: 'nats',
  packages: [],
  durability: JETSTREAM_DURABILITY,
  how: 'js.publish with msgID, no other header, 1,024 in flight; consume({ max_messages: 1000 }) in for await, ack each; JSON',
  open: (place) => driver(place, 'iterator'),
};

export const natsV3Callback: Rival = {
  ...natsV3,
  id: 'nats-v3-callback',
  title: 'nats.js v3, callback',
  how: 'js.publish with msgID, no other header, 1,024 in flight; consume({ callback, max_messages: 1000 }), ack each; JSON',
  open: (place) => driver(place, 'callback'),
};

const DURABLE = 'compare';
/** The default of 1,000 would be all that a client with a buffer of 1,000 ever has: nothing while acks travel. */
const MAX_ACK_PENDING = 4_096;
const TWO_MINUTES_NS = 120_000_000_000;

async function driver({ address, name }: Place, form: 'iterator' | 'callback'): Promise<Driver> {
  // `connect`, `jetstream` and `jetstreamManager` of nats.js, nothing around them.
  const { nc, js, jsm } = await open({ servers: address });
  const prefix = name.toLowerCase();
  return {
    async prepare() {
      const subjects = [`${prefix}.*`];
      await jsm.streams.add({ name, subjects, duplicate_window: TWO_MINUTES_NS });
      await jsm.consumers.add(name, {
        durable_name: DURABLE,
        ack_policy: 'explicit',
        max_ack_pending: MAX_ACK_PENDING,
      });
    },
    async remove() {
      await jsm.streams.delete(name);
    },
    sender: async () => ({
      batchMax: 1,
      callsMax: 1_024,
      async send(positions) {
        for (const position of positions)
          await js.publish(`${prefix}.${position.key}`, toPayload(position), {
            msgID: randomUUID(),
          });
      },
    }),
    async receiver(onPosition) {
      const consumer = await js.consumers.get(name, DURABLE);
      if (form === 'callback') {
        await consumer.consume({
          max_messages: 1_000,
          callback: (message) => {
            onPosition(fromPayload(message.data));
            message.ack();
          },
        });
        return;
      }
      const messages = await consumer.consume({ max_messages: 1_000 });
      void (async () => {
        for await (const message of messages) {
          onPosition(fromPayload(message.data));
          message.ack();
        }
      })();
    },
    close: () => nc.close(),
  };
}
