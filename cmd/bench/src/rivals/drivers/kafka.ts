/**
 * Kafka by @platformatic/kafka: messages sent many at a time with acks from all replicas
 * (https://github.com/platformatic/kafka/blob/main/docs/producer.md), what comes while five calls are under way in the next, as Kafka’s own producer has it (max.in.flight); a
 * consumer of a group as a stream of events, which its benchmarks show as the fastest form, offsets committed every second
 * (https://github.com/platformatic/kafka/blob/main/docs/consumer.md, BENCHMARKS.md). Its 1.x line: 2.x does not run on Node 20.
 */
import { load } from '../packages.ts';
import { type Driver, fromPayload, type Place, type Rival, toPayload } from '../rival.ts';

export const kafka: Rival = {
  id: 'kafka',
  title: 'Kafka, @platformatic/kafka',
  broker: 'kafka',
  packages: ['@platformatic/kafka'],
  durability:
    'acks=all of 1 replica, flush left to the operating system (its default): confirmed once the operating system has it',
  how: 'send of up to 500 messages, five calls at a time, one partition, not idempotent; stream of a consumer group, offsets committed every second instead of an ack each; JSON',
  open: driver,
};

interface PlatformaticKafka {
  readonly Admin: new (options: Base) => Admin;
  readonly Producer: new (options: Base & { acks: number }) => Producer;
  readonly Consumer: new (options: Base & { groupId: string }) => Consumer;
}

interface Base {
  readonly clientId: string;
  readonly bootstrapBrokers: readonly string[];
}

interface Admin {
  createTopics(options: {
    topics: string[];
    partitions: number;
    replicas: number;
  }): Promise<unknown>;
  deleteTopics(options: { topics: string[] }): Promise<unknown>;
  close(): Promise<void>;
}

interface Producer {
  send(options: { messages: { topic: string; key: Buffer; value: Buffer }[] }): Promise<unknown>;
  close(): Promise<void>;
}

interface Consumer {
  consume(options: {
    topics: string[];
    mode: 'committed';
    fallbackMode: 'earliest';
    autocommit: number;
    maxWaitTime: number;
  }): Promise<Messages>;
  close(force: boolean): Promise<void>;
}

interface Messages {
  on(event: 'data', listener: (message: { readonly value: Buffer }) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

const ACKS_ALL = -1;
const COMMIT_EVERY_MS = 1_000;
const BATCH_MAX = 500;
/** So long may a fetch wait when there is nothing; what arrives ends the wait at once. */
const WAIT_MAX_MS = 500;

async function driver({ address, name }: Place): Promise<Driver> {
  const { Admin, Consumer, Producer } = await load<PlatformaticKafka>('@platformatic/kafka');
  const base = { clientId: 'jetlane-bench', bootstrapBrokers: address.split(',') };
  const closes: (() => Promise<void>)[] = [];
  const admin = async (work: (admin: Admin) => Promise<unknown>) => {
    const admin = new Admin(base);
    await work(admin);
    await admin.close();
  };
  return {
    prepare: () =>
      admin((admin) => admin.createTopics({ topics: [name], partitions: 1, replicas: 1 })),
    remove: () => admin((admin) => admin.deleteTopics({ topics: [name] })),
    async sender() {
      const producer = new Producer({ ...base, acks: ACKS_ALL });
      closes.push(() => producer.close());
      return {
        batchMax: BATCH_MAX,
        callsMax: 5,
        send: (positions) =>
          producer.send({
            messages: positions.map((position) => ({
              topic: name,
              key: Buffer.from(position.key),
              value: toPayload(position),
            })),
          }),
      };
    },
    async receiver(onPosition) {
      const consumer = new Consumer({ ...base, groupId: name });
      closes.push(() => consumer.close(true));
      const messages = await consumer.consume({
        topics: [name],
        mode: 'committed',
        fallbackMode: 'earliest',
        autocommit: COMMIT_EVERY_MS,
        maxWaitTime: WAIT_MAX_MS,
      });
      messages.on('error', (error) => {
        throw error;
      });
      messages.on('data', ({ value }) => onPosition(fromPayload(value)));
    },
    async close() {
      for (const close of closes) await close();
    },
  };
}
