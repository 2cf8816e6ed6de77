/** Reading a driver's and a ride's messages from a real server's streams, by subject, on demand. */
import { type Client, type Connection, connect, open } from '@jetlane/core';
import { type Server, startServer } from '@jetlane/devserver';
import {
  DriverFlagged,
  EtaEstimated,
  Locations,
  LocationUpdated,
  Market,
  RideMatched,
  RideRequested,
  Rides,
} from '@jetlane/streams/location';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES_MAX, trailReader } from '../src/gateway/trail-reader.ts';

describe('the messages of one driver or ride', () => {
  let server: Server;
  let client: Client;
  let connection: Connection;
  const place = { lat: 10, lng: -30 };

  beforeAll(async () => {
    server = await startServer();
    client = await connect({ servers: [server.url], source: 'trails-test' });
    await client.start(Locations, Rides, Market);
    connection = await open({ servers: [server.url] });
  });
  afterAll(async () => {
    await connection?.nc.close();
    await client?.close();
    await server?.stop();
  });

  function report(driverId: string, seq: number) {
    const rest = { deviceId: `${driverId}-p`, headingDeg: 0, speedMps: 1, status: 'free' } as const;
    const cell = seq % 2 === 0 ? 'north' : 'south';
    return client.publish(
      LocationUpdated({ driverId, seq, cell, ...place, ...rest, takenAtMs: Date.now() }),
    );
  }

  it('are the newest of those that the streams hold, whatever its cells, oldest first', async () => {
    await report('d-2', 1);
    for (let seq = 1; seq <= 3 * ENTRIES_MAX; seq++) await report('d-1', seq);
    const flag = {
      driverId: 'd-1',
      reason: 'teleport',
      impliedMps: 900,
      atMs: Date.now(),
    } as const;
    await client.publish(DriverFlagged(flag));
    const read = trailReader(connection);
    const entries = await read({ of: 'driver', id: 'd-1' });
    expect(entries.length).toBeLessThanOrEqual(ENTRIES_MAX);
    expect(entries.length).toBeGreaterThan(ENTRIES_MAX / 4);
    expect(entries.at(-1)).toMatchObject({ stream: 'MARKET', type: 'DriverFlagged' });
    const last = entries.at(-2);
    expect(last).toMatchObject({ stream: 'LOCATIONS', type: 'LocationUpdated' });
    expect(last?.subject).toBe('location.updated.north.d-1');
    expect(JSON.parse(last?.text ?? '')).toMatchObject({ seq: 3 * ENTRIES_MAX, driverId: 'd-1' });
    expect(last?.storedAtMs).toBeGreaterThan((last?.sentAtMs ?? 0) - 50);
    const seqs = entries.slice(0, -1).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  it('keep the order in which two streams stored them within a millisecond', async () => {
    for (let seq = 1; seq <= ENTRIES_MAX / 2; seq++) {
      await report('d-3', seq);
      const flag = { driverId: 'd-3', reason: 'teleport', impliedMps: 900, atMs: seq } as const;
      await client.publish(DriverFlagged(flag));
    }
    const entries = await trailReader(connection)({ of: 'driver', id: 'd-3' });
    const pairs = Array.from({ length: ENTRIES_MAX / 2 }, () => [
      'LocationUpdated',
      'DriverFlagged',
    ]);
    expect(entries.map(({ type }) => type)).toEqual(pairs.flat());
  });

  it('tell the life of a ride, from two streams', async () => {
    const ride = { rideId: 'r-1', attempt: 1, pickUp: place, dropOff: place };
    await client.publish(RideRequested({ ...ride, cell: 'north', requestedAtMs: 1 }));
    await client.publish(RideMatched({ ...ride, driverId: 'd-1', matchedAtMs: 2, distanceM: 3 }));
    const eta = { rideId: 'r-1', leg: 'pick-up', driverId: 'd-1', madeAtMs: 3, arrivesAtMs: 9 };
    await client.publish(EtaEstimated({ ...eta, leg: 'pick-up' }));
    const entries = await trailReader(connection)({ of: 'ride', id: 'r-1' });
    expect(entries.map(({ type, sentAtMs }) => [type, sentAtMs])).toEqual([
      ['RideRequested', 1],
      ['RideMatched', 2],
      ['EtaEstimated', 3],
    ]);
  });

  it('are none for a name that nobody has', async () => {
    expect(await trailReader(connection)({ of: 'driver', id: 'nobody' })).toEqual([]);
  });

  it('can not be read without the server, and that is said in words', async () => {
    const lonely = await startServer();
    const cut = await open({ servers: [lonely.url] });
    await lonely.stop();
    await expect.poll(() => cut.connected, { timeout: 10_000 }).toBe(false);
    await expect(trailReader(cut)({ of: 'driver', id: 'd-1' })).rejects.toThrow('away');
    await cut.nc.close();
  });
});
