/** Starts everything that a run consists of, in the order in which one needs the other. */
import { connect } from '@jetlane/core';
import type { Cleanup, FetchProgress } from '@jetlane/devserver';
import { Locations, Market, Rides } from '@jetlane/streams/location';
import { fetchWords } from 'jetlane/terminal';
import { startViewerLoad, type ViewerLoad } from '../load/viewer-load.ts';
import type { ServiceName } from '../services/service-name.ts';
import { simulation } from '../simulation/simulation.ts';
import { watchConsumers } from './consumer-watch.ts';
import { feedback } from './feedback.ts';
import type { Sources } from './figures.ts';
import { type LiveMap, startLiveMap } from './live-map.ts';
import type { MeasuredSources } from './measured.ts';
import type { RunOptions } from './options.ts';
import { ownServer } from './own-server.ts';
import { processTimeUs } from './processor.ts';
import { Publisher } from './publisher.ts';
import type { Screen } from './screen.ts';
import { startServices } from './service-pool.ts';

/** A run that may begin. */
export interface Prepared extends Sources, MeasuredSources {
  readonly servers: readonly string[];
}

/** Services whose processes share the drivers, where there are several: see `services/fraud.ts`. */
const PARTITIONED: readonly ServiceName[] = ['fraud'];

/**
 * Starts it all; what has to be undone goes to `undo`, also when this rejects.
 *
 * @throws RunFailure when something cannot start
 */
export async function prepare(
  options: RunOptions,
  screen: Screen,
  undo: Cleanup,
): Promise<Prepared> {
  const { seed, processes, drivers, intervalMs } = options;
  const warn = (line: string) => screen.warn(line);
  const { servers, serverTimeUs } = await findServer(options, screen, undo, warn);
  screen.busy('creating the streams');
  const client = await connect({ servers: [...servers], source: 'location', maxInFlight: 1024 });
  undo.add(() => client.close());
  await client.start(Locations, Rides, Market);
  const watch = await watchConsumers(servers, Locations.name, processes > 1 ? PARTITIONED : []);
  undo.add(() => watch.close());
  screen.busy('starting the services: matching, eta, fraud, surge');
  const pool = await startServices({ servers, seed, processes, warn });
  undo.add(() => pool.stop());

  const world = simulation({ seed, drivers, intervalMs });
  const reactions = feedback(world);
  await client.start(reactions.app);
  const liveMap = await startPage({ ...options, servers, warn }, screen, undo);
  const crowd = await startCrowd(options, liveMap, screen, undo);
  const publisher = new Publisher({
    client,
    simulation: world,
    seed,
    onLegEnded: (end) => reactions.eta.ended(end.rideId, end.leg, end.atMs),
  });
  undo.add(() => publisher.stop());
  const sources = { simulation: world, publisher, pool, feedback: reactions, watch };
  return { ...sources, liveMap, crowd, servers, serverTimeUs };
}

async function findServer(
  options: RunOptions,
  screen: Screen,
  undo: Cleanup,
  warn: (line: string) => void,
): Promise<Pick<Prepared, 'servers' | 'serverTimeUs'>> {
  const given = options.server?.split(',');
  if (given) return { servers: given, serverTimeUs: () => undefined };
  const log = (line: string) => screen.say(line);
  const progress = (step: FetchProgress) => screen.busy(fetchWords(step));
  const own = await ownServer({ store: options.store, log, progress, warn });
  undo.add(() => own.stop());
  return { servers: [own.url], serverTimeUs: () => processTimeUs(own.pid) };
}

/** With viewers there is a page even when nobody shall see one: on a free port then. */
async function startPage(
  options: RunOptions & { servers: readonly string[]; warn: (line: string) => void },
  screen: Screen,
  undo: Cleanup,
): Promise<LiveMap | undefined> {
  const { headless, viewers, servers, seed, host, warn } = options;
  if (headless && viewers === 0) return undefined;
  const port = headless ? 0 : options.port;
  const page = await startLiveMap({ servers, seed, host, port, warn });
  undo.add(() => page.close());
  if (!headless) screen.say(`The live map is at ${page.url}  (Ctrl-C ends)`);
  return page;
}

async function startCrowd(
  { viewers, seed }: RunOptions,
  liveMap: LiveMap | undefined,
  screen: Screen,
  undo: Cleanup,
): Promise<ViewerLoad | undefined> {
  if (viewers === 0 || !liveMap) return undefined;
  const crowd = await startViewerLoad({ url: liveMap.url, viewers, seed });
  undo.add(() => crowd.stop());
  screen.say(`${viewers.toLocaleString('en')} viewers are connected`);
  return crowd;
}
