/**
 * A RabbitMQ quorum queue by amqplib: persistent messages on a confirm channel, confirms awaited in the background
 * (https://amqp-node.github.io/amqplib/channel_api.html#confirmchannel), manual acks with a prefetch of 300, the upper end of what
 * its documentation calls optimal (https://www.rabbitmq.com/docs/confirms#channel-qos-prefetch-throughput), quorum queues as in
 * https://www.rabbitmq.com/docs/quorum-queues.
 */
import { load } from '../packages.ts';
import { type Driver, fromPayload, type Place, type Rival, toPayload } from '../rival.ts';

export const rabbitmq: Rival = {
  id: 'rabbitmq',
  title: 'RabbitMQ quorum queue, amqplib',
  broker: 'rabbitmq',
  packages: ['amqplib'],
  durability:
    'quorum queue of 1, publisher confirms: stronger than the others, confirmed after fsync of its log',
  how: 'confirm channel, persistent, 1,024 in flight, no ids to recognize duplicates by; prefetch 300, ack each; JSON',
  open: driver,
};

interface Amqplib {
  connect(url: string): Promise<Connection>;
}

interface Connection {
  createConfirmChannel(): Promise<ConfirmChannel>;
  createChannel(): Promise<Channel>;
  close(): Promise<void>;
}

interface Channel {
  assertQueue(
    name: string,
    options: { durable: true; arguments: { 'x-queue-type': 'quorum' } },
  ): Promise<unknown>;
  deleteQueue(name: string): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(name: string, onMessage: (message: Message | null) => void): Promise<unknown>;
  ack(message: Message): void;
}

interface ConfirmChannel extends Channel {
  sendToQueue(
    name: string,
    content: Buffer,
    options: { persistent: true },
    confirmed: (error: Error | null) => void,
  ): boolean;
}

interface Message {
  readonly content: Buffer;
}

const PREFETCH = 300;

async function driver({ address, name }: Place): Promise<Driver> {
  const { connect } = await load<Amqplib>('amqplib');
  const connection = await connect(address);
  const channel = await connection.createConfirmChannel();
  return {
    prepare: async () =>
      void (await channel.assertQueue(name, {
        durable: true,
        arguments: { 'x-queue-type': 'quorum' },
      })),
    remove: async () => void (await channel.deleteQueue(name)),
    sender: async () => ({
      batchMax: 1,
      callsMax: 1_024,
      async send(positions) {
        for (const position of positions)
          await new Promise<void>((resolve, reject) => {
            channel.sendToQueue(name, toPayload(position), { persistent: true }, (error) =>
              error ? reject(error) : resolve(),
            );
          });
      },
    }),
    async receiver(onPosition) {
      await channel.prefetch(PREFETCH);
      await channel.consume(name, (message) => {
        if (message === null) return;
        onPosition(fromPayload(message.content));
        channel.ack(message);
      });
    },
    close: () => connection.close(),
  };
}
