/** The stage of the tests of bulk publishing: a server, a client, and a stream of its own for each test. */
import { event, stream } from '@jetlane/contracts';
import { type Server, startServer } from '@jetlane/devserver';
import { afterAll, beforeAll } from 'vitest';
import { z } from 'zod';
import { type BulkReport, bulkReport } from '../src/bulk/bulk-report.ts';
import type { Client } from '../src/client.ts';
import { connect } from '../src/connect.ts';
import { type Connection, open } from '../src/nats/connection.ts';

/** What every user but the restricted ones may do. */
export const auth = { user: 'all', password: 'x' };

/** Filled in before the first test of a file. */
export interface BulkStage {
  server: Server;
  client: Client;
  admin: Connection;
}

/** Starts a server for a file of tests, and stops it after them. */
export function bulkStage(): BulkStage {
  const stage = {} as BulkStage;
  beforeAll(async () => {
    stage.server = await startServer({
      config: `
        authorization { users [
          { user: all, password: x }
          { user: blind, password: x, permissions: { publish: { deny: "$JS.API.STREAM.>" } } }
          { user: mute, password: x, permissions: { publish: { deny: "*.never.>" } } }
        ] }`,
    });
    stage.client = await connect({ servers: stage.server.url, auth });
    stage.admin = await open({ servers: stage.server.url, auth });
  });
  afterAll(async () => {
    await stage.client.close();
    await stage.admin.nc.close();
    await stage.server.stop();
  });
  return stage;
}

let streams = 0;

/** A stream of its own for each test. */
export async function begin({ client, admin }: BulkStage, settings: Record<string, unknown> = {}) {
  const name = `bulk${++streams}`;
  const schema = z.object({ n: z.number(), text: z.string().optional() });
  const Row = event(`Row${name}`, { subject: `${name}.row.{n}`, schema });
  const Never = event(`Never${name}`, { subject: `${name}.never.{n}`, schema });
  const Rows = stream(name.toUpperCase(), {
    subjects: [`${name}.>`],
    messages: [Row, Never],
    ...settings,
  });
  await client.start(Rows);
  const rows = (count: number, text?: string) =>
    Array.from({ length: count }, (_, n) => Row({ n, text }, { id: `${name}-${n}` }));
  const state = async () => (await admin.jsm.streams.info(Rows.name)).state;
  const inOrder = () => storedNumbers(admin, Rows.name);
  return { name, Row, Never, Rows, rows, state, inOrder };
}

/** The numbers in the subjects of all that a stream holds, in its order. */
async function storedNumbers(admin: Connection, name: string): Promise<number[]> {
  const consumer = await admin.js.consumers.get(name);
  const { messages } = (await admin.jsm.streams.info(name)).state;
  const found: number[] = [];
  if (messages === 0) return found;
  for await (const { subject } of await consumer.consume()) {
    found.push(Number(subject.split('.').at(-1)));
    if (found.length === messages) break;
  }
  return found;
}

/** 0, 1, 2, … */
export const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** What a load rejects with. */
export async function failure(load: Promise<unknown>) {
  const error = await load.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code } = error as { code: string };
  return { code, error: error as Error, report: bulkReport(error) as BulkReport };
}
