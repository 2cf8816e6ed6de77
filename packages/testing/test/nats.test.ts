import { connect } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { conformance, type World } from '@jetlane/testing';
import { afterAll, beforeAll } from 'vitest';
import { NatsProbe } from './nats-probe.ts';

let server: Server;
let probe: NatsProbe;

beforeAll(async () => {
  server = await startServer();
  probe = await NatsProbe.open(server.url);
});

afterAll(async () => {
  await probe?.close();
  await server?.stop();
});

conformance({
  name: 'nats',
  size: 'full',
  clients: 'many',
  restarts: true,
  async open(): Promise<World> {
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
  },
});
