import { connect } from '@jetlane/core';
import type { World } from '@jetlane/testing';
import type { NatsProbe } from './nats-probe.ts';

/** What a world needs of a server. */
interface Restartable {
  readonly url: string;
  restart(): Promise<void>;
}

/** Where scenarios take place on a real nats-server. */
export function natsWorld(server: Restartable, probe: NatsProbe): World {
  const clients: Awaited<ReturnType<typeof connect>>[] = [];
  return {
    async client(options = {}) {
      const client = await connect({ servers: server.url, ...options });
      clients.push(client);
      return client;
    },
    inject: (subject, payload, headers) => probe.inject(subject, payload, headers),
    deadLetters: () => probe.deadLetters(),
    restart: () => server.restart(),
    async close() {
      await Promise.all(clients.map((client) => client.close({ timeout: '1s' })));
    },
  };
}
