/** Ours, with everything on that is on by default: schema checked on both sides, ids, nine headers, retries, order per key. */
import { connect, on, open as openConnection, worker } from '@jetlane/core';
import { type Position, positionEvent, positionStream } from '../../measure/position.ts';
import type { Driver, Place, Rival } from '../rival.ts';

export const jetlane: Rival = {
  id: 'jetlane',
  title: 'Jetlane',
  broker: 'nats',
  packages: [],
  durability:
    'JetStream file storage, R1, default sync_interval (2 min): confirmed once the operating system has it',
  how: 'client.publish, 1,024 in flight; worker with orderBy, concurrency 256; MessagePack, zod on both sides',
  open: async (place) => driver(place),
};

const IN_FLIGHT = 1_024;
const DEDUPE_WINDOW = '2m';

async function driver({ address, name }: Place): Promise<Driver> {
  const prefix = name.toLowerCase();
  const Position = positionEvent(prefix);
  const stream = positionStream(name, prefix, { dedupeWindow: DEDUPE_WINDOW });
  const client = await connect({ servers: address, source: 'bench', maxInFlight: IN_FLIGHT });
  return {
    prepare: async () => void (await client.start(stream)),
    async remove() {
      const { nc, jsm } = await openConnection({ servers: address });
      for (const made of [name, deadLettersOf(name)])
        await jsm.streams.delete(made).catch(() => false);
      await nc.close();
    },
    sender: async () => ({
      batchMax: 1,
      callsMax: IN_FLIGHT,
      send: ([position]) => client.publish(Position(position as Position)),
    }),
    async receiver(onPosition) {
      await client.start(
        worker(
          'compare',
          {
            from: stream,
            orderBy: 'key',
            concurrency: 256,
            maxAckPending: 4_096,
            deadLetter: deadLettersOf(name),
          } as never,
          [on(Position, ({ data }) => onPosition(data))] as never,
        ),
      );
    },
    close: () => client.close(),
  };
}

function deadLettersOf(name: string): string {
  return `${name}_DLQ`;
}
