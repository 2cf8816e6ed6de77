import { type Server, startServer } from '@jetlane/devserver';
import { conformance } from '@jetlane/testing';
import { afterAll, beforeAll } from 'vitest';
import { NatsProbe } from './nats-probe.ts';
import { natsWorld } from './nats-world.ts';

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
  open: async () => natsWorld(server, probe),
});
