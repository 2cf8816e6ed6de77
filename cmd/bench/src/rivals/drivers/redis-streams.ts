/**
 * Redis Streams by ioredis: XADD with automatic pipelining, which gathers what one turn of the event loop asks for
 * (https://github.com/redis/ioredis#autopipelining), and a consumer group that reads hundreds at a time and acknowledges what
 * it read by one XACK (https://redis.io/docs/latest/develop/data-types/streams/#consumer-groups). The reader blocks its
 * connection, so acknowledgements have another, as that page and ioredis advise.
 */
import { load } from '../packages.ts';
import { type Driver, fromPayload, type Place, type Rival, toPayload } from '../rival.ts';

export const redisStreams: Rival = {
  id: 'redis-streams',
  title: 'Redis Streams, ioredis',
  broker: 'redis',
  packages: ['ioredis'],
  durability: 'appendonly yes, appendfsync everysec: confirmed once the operating system has it',
  how: 'XADD with enableAutoPipelining, 1,024 in flight, no ids to recognize duplicates by; XREADGROUP COUNT 500, one XACK for all of a reply; JSON',
  open: driver,
};

/** What this file uses of ioredis. */
export interface Redis {
  xadd(key: string, id: '*', field: string, value: Buffer): Promise<unknown>;
  xgroup(
    create: 'CREATE',
    key: string,
    group: string,
    from: '0',
    mkstream: 'MKSTREAM',
  ): Promise<unknown>;
  xreadgroupBuffer(...args: readonly (string | number)[]): Promise<Reply | null>;
  xack(key: string, group: string, ...ids: readonly Buffer[]): Promise<number>;
  del(key: string): Promise<number>;
  disconnect(): void;
}

/** And how it is made. */
export interface Ioredis {
  readonly Redis: new (url: string, options: Readonly<Record<string, unknown>>) => Redis;
}

/** Streams, their entries, and of each its id, then fields and values in turn. */
type Reply = readonly (readonly [Buffer, readonly (readonly [Buffer, readonly Buffer[]])[]])[];

const GROUP = 'compare';
const READ_MAX = 500;
const BLOCK_MS = 1_000;

async function driver({ address, name }: Place): Promise<Driver> {
  const { Redis } = await load<Ioredis>('ioredis');
  const redis = new Redis(address, { enableAutoPipelining: true });
  const reader = new Redis(address, {});
  let closed = false;
  return {
    prepare: async () => void (await redis.xgroup('CREATE', name, GROUP, '0', 'MKSTREAM')),
    remove: async () => void (await redis.del(name)),
    sender: async () => ({
      batchMax: 1,
      callsMax: 1_024,
      async send(positions) {
        for (const position of positions) await redis.xadd(name, '*', 'p', toPayload(position));
      },
    }),
    async receiver(onPosition) {
      const read = [
        'GROUP',
        GROUP,
        'worker',
        'COUNT',
        READ_MAX,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        name,
        '>',
      ];
      void (async () => {
        while (!closed) {
          const reply = await reader.xreadgroupBuffer(...read).catch((error: unknown) => {
            if (closed) return null;
            throw error;
          });
          const entries = reply?.[0]?.[1] ?? [];
          if (entries.length === 0) continue;
          for (const [, fields] of entries) onPosition(fromPayload(fields[1] as Buffer));
          // Not awaited: the next read need not wait for the ack of the last.
          void redis.xack(name, GROUP, ...entries.map(([id]) => id));
        }
      })();
    },
    async close() {
      closed = true;
      redis.disconnect();
      reader.disconnect();
    },
  };
}
