/**
 * nats.js v2, the client that most installations still have: the same as v3, by the names it had then.
 * https://github.com/nats-io/nats.js/blob/v2.29.3/jetstream.md ("Processing Messages").
 */
import { randomUUID } from 'node:crypto';
import { load } from '../packages.ts';
import { type Driver, fromPayload, type Place, type Rival, toPayload } from '../rival.ts';
import { JETSTREAM_DURABILITY } from './nats-v3.ts';

export const natsV2: Rival = {
  id: 'nats-v2',
  title: 'nats.js v2, iterator',
  broker: 'nats',
  packages: ['nats'],
  durability: JETSTREAM_DURABILITY,
  how: 'js.publish with msgID, no other header, 1,024 in flight; consume({ max_messages: 1000 }) in for await, ack each; JSON',
  open: driver,
};

interface Nats {
  connect(options: { servers: string }): Promise<NatsConnection>;
}

interface NatsConnection {
  jetstream(): JetStream;
  jetstreamManager(): Promise<JetStreamManager>;
  close(): Promise<void>;
}

interface JetStream {
  publish(subject: string, data: Uint8Array, options: { msgID: string }): Promise<unknown>;
  readonly consumers: { get(stream: string, consumer: string): Promise<Consumer> };
}

interface JetStreamManager {
  readonly streams: {
    add(config: { name: string; subjects: string[]; duplicate_window: number }): Promise<unknown>;
    delete(name: string): Promise<boolean>;
  };
  readonly consumers: {
    add(
      stream: string,
      config: { durable_name: string; ack_policy: 'explicit'; max_ack_pending: number },
    ): Promise<unknown>;
  };
}

interface Consumer {
  consume(options: { max_messages: number }): Promise<AsyncIterable<Message>>;
}

interface Message {
  readonly data: Uint8Array;
  ack(): void;
}

const DURABLE = 'compare';
const TWO_MINUTES_NS = 120_000_000_000;

async function driver({ address, name }: Place): Promise<Driver> {
  const { connect } = await load<Nats>('nats');
  const nc = await connect({ servers: address });
  const js = nc.jetstream();
  const prefix = name.toLowerCase();
  return {
    async prepare() {
      const jsm = await nc.jetstreamManager();
      const subjects = [`${prefix}.*`];
      await jsm.streams.add({ name, subjects, duplicate_window: TWO_MINUTES_NS });
      await jsm.consumers.add(name, {
        durable_name: DURABLE,
        ack_policy: 'explicit',
        max_ack_pending: 4_096,
      });
    },
    async remove() {
      await (await nc.jetstreamManager()).streams.delete(name);
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
