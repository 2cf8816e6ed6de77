/** A server, an Admin on it, and worker specifications without handlers, for tests of topology, dead letters and doctor. */
import { type AnyStream, catalog, defaultLimits, event } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Admin } from '../src/topology/admin.ts';
import { toRetryPolicy } from '../src/worker/retry-policy.ts';
import type { WorkerSpec } from '../src/worker/worker-spec.ts';

/** An event of the streams under test. */
export const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});

/** Starts a server; `close` ends both. */
export async function startAdmin(): Promise<{
  admin: Admin;
  server: Server;
  close: () => Promise<void>;
}> {
  const server = await startServer();
  const admin = await adminOf(server.url);
  return {
    admin,
    server,
    close: async () => {
      await admin.nc.close();
      await server.stop();
    },
  };
}

/** Another connection to the same server. */
export async function adminOf(url: string): Promise<Admin> {
  const nc = await connect({ servers: url });
  return { nc, jsm: await jetstreamManager(nc) };
}

/** Deletes every stream. */
export async function clear({ jsm }: Admin): Promise<void> {
  for (const name of await jsm.streams.names().next()) await jsm.streams.delete(name);
}

/** Adds a stream as a foreign tool would. A server may still be removing the files of one of that name. */
export async function addStream(
  { jsm }: Admin,
  config: Parameters<JetStreamManager['streams']['add']>[0],
): Promise<void> {
  await expect.poll(() => jsm.streams.add(config), { timeout: 10_000 }).toBeDefined();
}

/** A worker that handles nothing, with every default. */
export function specOf(
  name: string,
  stream: AnyStream,
  options: Partial<WorkerSpec> = {},
): WorkerSpec {
  return {
    name,
    stream,
    handlers: [],
    catalog: catalog(stream.messages),
    filters: stream.subjects,
    startAt: 'first',
    concurrency: 64,
    room: 256,
    maxBytes: 67_108_864,
    ackPolicy: 'explicit',
    maxAckPending: 1_000,
    ackWaitMs: 30_000,
    timeoutMs: 30_000,
    laneOf: undefined,
    limits: defaultLimits,
    onFailure: 'hold',
    validate: 'always',
    adaptive: undefined,
    retry: toRetryPolicy(),
    breaker: undefined,
    rateLimits: [],
    deadLetter: 'DLQ',
    jetstream: {},
    ...options,
  };
}
