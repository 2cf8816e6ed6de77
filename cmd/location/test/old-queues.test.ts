/** What a run that was killed leaves on a server that goes on, and what the next one makes of it. */
import { app, connect, on, open, worker } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import { Locations, LocationUpdated } from '@jetlane/streams/location';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropOldQueues } from '../src/run/old-queues.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Somebody who works for fraud, partitioned, as the service does. */
async function fraudWorker() {
  const client = await connect({ servers: [server.url], source: 'test' });
  const positions = worker('fraud', { from: Locations, orderBy: 'driverId', partitioned: true }, [
    on(LocationUpdated, () => {}),
  ]);
  await client.start(app('fraud', { streams: [Locations], run: [positions] }));
  return client;
}

async function streams(): Promise<string[]> {
  const connection = await open({ servers: [server.url] });
  const names: string[] = [];
  for await (const { config } of connection.jsm.streams.list()) names.push(config.name);
  await connection.nc.close();
  return names;
}

describe('the queue of a partitioned service', () => {
  it('is left alone while processes work on it, which is said, and taken away when they are gone', async () => {
    const client = await fraudWorker();
    const said: string[] = [];
    const drop = () =>
      dropOldQueues([server.url], Locations.name, ['fraud'], (line) => said.push(line));
    await drop();
    expect(said).toEqual([
      'another run on this server has processes of fraud: they share its work',
    ]);
    expect(await streams()).toContain('LOCATIONS-fraud');
    await client.close();
    await drop();
    expect(said).toHaveLength(1);
    expect(await streams()).not.toContain('LOCATIONS-fraud');
    expect(await streams()).toContain('LOCATIONS');
    await drop(); // nothing is there
    expect(said).toHaveLength(1);
  }, 30_000);
});
