/** The page of a run: one durable feeds it, one web server shows it. */
import { app, type Client, on, worker } from '@jetlane/core';
import { Locations, LocationUpdated } from '@jetlane/streams/location';
import type { City } from '../city/city.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import type { Viewers } from '../gateway/viewers.ts';
import { FAST } from '../services/settings.ts';
import { RunFailure } from './run-failure.ts';

/** What the page of a run needs. */
export interface LiveMapOptions {
  readonly client: Client;
  readonly city: City;
  readonly viewers: Viewers;
  readonly host: string;
  readonly port: number;
  readonly greeting: () => readonly object[];
}

/**
 * Starts the page: a single subscription, however many pages look.
 *
 * @throws RunFailure when it cannot listen
 */
export async function startLiveMap(options: LiveMapOptions): Promise<Gateway> {
  const { client, viewers, host, port } = options;
  const gateway = await startGateway(options).catch((cause: NodeJS.ErrnoException) => {
    const where = `${host}:${port}`;
    if (cause.code === 'EADDRINUSE') {
      throw new RunFailure(
        `${where} is in use: choose another with --port, or --port 0 for a free one`,
      );
    }
    throw new RunFailure(
      `cannot listen on ${where} (${cause.message}): choose another --port or --host`,
    );
  });
  const positions = worker('live-map', { from: Locations, ...FAST }, [
    on(LocationUpdated, ({ data }) => viewers.see(data)),
  ]);
  await client.start(app('live-map', { streams: [Locations], run: [positions] }));
  return gateway;
}
