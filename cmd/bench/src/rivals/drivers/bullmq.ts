/**
 * BullMQ: jobs added in bulk (https://docs.bullmq.io/guide/queues/adding-bulks), worked with the concurrency that its guide calls
 * standard, 100 to 300 (https://docs.bullmq.io/guide/parallelism-and-concurrency), removed once completed
 * (https://docs.bullmq.io/guide/workers/auto-removal-of-jobs), Redis with AOF every second as its page on production says
 * (https://docs.bullmq.io/guide/going-to-production). It does far more for a job than a stream does for a message.
 */
import type { Position } from '../../measure/position.ts';
import { load } from '../packages.ts';
import type { Driver, Place, Rival } from '../rival.ts';
import type { Ioredis, Redis } from './redis-streams.ts';

export const bullmq: Rival = {
  id: 'bullmq',
  title: 'BullMQ',
  broker: 'redis',
  packages: ['bullmq', 'ioredis'],
  durability:
    'Redis, appendonly yes, appendfsync everysec: confirmed once the operating system has it',
  how: 'addBulk of up to 250, four at a time; one Worker, concurrency 200, removeOnComplete; its own JSON',
  open: driver,
};

interface BullMq {
  readonly Queue: new (
    name: string,
    options: { connection: Redis; skipVersionCheck: true },
  ) => Queue;
  readonly Worker: new (
    name: string,
    processor: (job: { readonly data: Position }) => Promise<void>,
    options: {
      connection: Redis;
      concurrency: number;
      removeOnComplete: { count: number };
      skipVersionCheck: true;
    },
  ) => Worker;
}

interface Queue {
  addBulk(jobs: { name: string; data: Position }[]): Promise<unknown>;
  obliterate(options: { force: true }): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

interface Worker {
  waitUntilReady(): Promise<unknown>;
  close(force: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
}

const CONCURRENCY = 200;
const BULK_MAX = 250;

async function driver({ address, name }: Place): Promise<Driver> {
  const { Queue, Worker } = await load<BullMq>('bullmq');
  const { Redis } = await load<Ioredis>('ioredis');
  const connections: Redis[] = [];
  const connection = () => {
    // Wanted by workers: https://docs.bullmq.io/guide/going-to-production#maxretriesperrequest
    const redis = new Redis(address, { maxRetriesPerRequest: null });
    connections.push(redis);
    return redis;
  };
  const queue = new Queue(name, { connection: connection(), skipVersionCheck: true });
  let worker: Worker | undefined;
  return {
    prepare: async () => void (await queue.waitUntilReady()),
    remove: () => queue.obliterate({ force: true }),
    sender: async () => ({
      batchMax: BULK_MAX,
      callsMax: 4,
      send: (positions) => queue.addBulk(positions.map((data) => ({ name: 'position', data }))),
    }),
    async receiver(onPosition) {
      worker = new Worker(name, async ({ data }) => onPosition(data), {
        connection: connection(),
        concurrency: CONCURRENCY,
        removeOnComplete: { count: 0 },
        skipVersionCheck: true,
      });
      worker.on('error', (error) => process.stderr.write(`${error.message}\n`));
      await worker.waitUntilReady();
    },
    async close() {
      await worker?.close(true);
      await queue.close();
      for (const redis of connections) redis.disconnect();
    },
  };
}
