/** Starts everything that a run consists of, in the order in which one needs the other. */
import { connect } from '@jetlane/core';
import type { Cleanup, FetchProgress } from '@jetlane/devserver';
import { Locations, Market, Rides } from '@jetlane/streams/location';
import { fetchWords } from 'jetlane/terminal';
import { listenProblem } from '../gateway/can-listen.ts';
import { type LiveFloor, startLiveFloor } from '../load/live-floor.ts';
import { startViewerLoad, type ViewerLoad } from '../load/viewer-load.ts';
import type { ServiceName } from '../services/service-name.ts';
import { simulation } from '../simulation/simulation.ts';
import { act } from '../troubles/act.ts';
import { Troubles } from '../troubles/troubles.ts';
import { watchConsumers } from './consumer-watch.ts';
import { feedback } from './feedback.ts';
import type { Sources } from './figures.ts';
import { type LiveMap, startLiveMap } from './live-map.ts';
import type { MeasuredSources } from './measured.ts';
import { dropOldQueues } from './old-queues.ts';
import type { RunOptions } from './options.ts';
import { type OwnServer, ownServer } from './own-server.ts';
import { watchPartitions } from './partition-watch.ts';
import { Publisher } from './publisher.ts';
import { addressLines, insideLines } from './report.ts';
import { RunFailure } from './run-failure.ts';
import type { Screen } from './screen.ts';
import { startServices } from './service-pool.ts';
import { troubleTargets } from './trouble-targets.ts';
import { assertGoesOn, unlessStopped } from './unless-stopped.ts';

/** A run that may begin. */
export interface Prepared extends Sources, MeasuredSources {
  readonly servers: readonly string[];
  readonly troubles: Troubles;
  /** Undefined: nobody looks at it. */
  readonly liveFloor: LiveFloor | undefined;
}

/** For so long a phone sends a report again: longer than servers take to elect another leader of a stream. */
const PHONE_PATIENCE = '20s';
/** Services whose processes share the drivers, where there are or may be several: see `services/fraud.ts`. */
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
  stopped: AbortSignal,
): Promise<Prepared> {
  const { seed, processes, drivers, intervalMs, ackWaitMs } = options;
  let begins = false;
  const warn = (line: string) => {
    // What the same Ctrl-C ended is no fault.
    if (begins || !stopped.aborted) screen.warn(line);
  };
  const problem = options.headless ? undefined : await listenProblem(options);
  if (problem !== undefined) throw new RunFailure(problem);
  const { servers, own } = await findServer(options, { screen, undo, warn, stopped });
  screen.busy('creating the streams');
  const client = await connect({
    servers: [...servers],
    source: 'location',
    maxInFlight: 1024,
    publishTimeout: PHONE_PATIENCE,
  });
  undo.add(() => client.close());
  await client.start(Locations, Rides, Market);
  await dropOldQueues(servers, Locations.name, PARTITIONED, warn);
  assertGoesOn(stopped);
  const partitioned = processes > 1 || mayGrow(options);
  const watch = await watchConsumers(servers, Locations.name, partitioned ? PARTITIONED : []);
  undo.add(() => watch.close());
  screen.busy('starting the services: matching, eta, fraud, surge');
  const starting = startServices({ servers, seed, processes, partitioned, ackWaitMs, warn });
  const pool = await begun(starting, stopped, undo);
  const partitions = partitioned ? await watchPartitions(servers) : undefined;
  if (partitions) undo.add(() => partitions.close());

  const world = simulation({ seed, drivers, intervalMs });
  const reactions = feedback(world);
  await client.start(reactions.app);
  const publisher = new Publisher({
    client,
    simulation: world,
    seed,
    onLegEnded: (end) => reactions.eta.ended(end.rideId, end.leg, end.atMs),
  });
  undo.add(() => publisher.stop());
  const troubles = new Troubles(
    troubleTargets({ pool, publisher, client, own, servers, processes, warn }),
  );
  const liveMap = await startPage(
    { ...options, servers, partitioned, warn, troubles },
    screen,
    undo,
  );
  if (own) for (const line of insideLines(own.url, screen.view)) screen.say(line);
  const crowd = await startCrowd(options, liveMap, screen, undo);
  const liveFloor = options.headless ? undefined : startLiveFloor(servers, warn);
  if (liveFloor) undo.add(() => liveFloor.stop());
  assertGoesOn(stopped);
  begins = true;
  const sources = { simulation: world, publisher, pool, feedback: reactions, watch, partitions };
  const serverTimeUs = () => own?.cpuUs;
  return { ...sources, liveMap, crowd, servers, serverTimeUs, troubles, liveFloor };
}

/** Whether a service may get a second process while it runs: from the page, or by plan. */
function mayGrow({ headless, troubles }: RunOptions): boolean {
  return !headless || troubles.some((step) => step.do === 'trouble' && step.order.kind === 'add');
}

interface Surroundings {
  readonly screen: Screen;
  readonly undo: Cleanup;
  readonly warn: (line: string) => void;
  readonly stopped: AbortSignal;
}

async function findServer(
  options: RunOptions,
  { screen, undo, warn, stopped }: Surroundings,
): Promise<{ readonly servers: readonly string[]; readonly own: OwnServer | undefined }> {
  const given = options.server?.split(',');
  if (given) return { servers: given, own: undefined };
  const log = (line: string) => screen.say(line);
  const progress = (step: FetchProgress) => screen.busy(fetchWords(step));
  const starting = ownServer({ store: options.store, log, progress, warn, stopped });
  const own = await begun(starting, stopped, undo);
  return { servers: [own.url], own };
}

/** What was started; when the run is stopped before, it is stopped as well, in its turn. */
async function begun<Part extends { stop(): Promise<void> }>(
  starting: Promise<Part>,
  stopped: AbortSignal,
  undo: Cleanup,
): Promise<Part> {
  undo.add(() =>
    starting.then(
      (part) => part.stop(),
      () => {}, // who started it has heard why
    ),
  );
  return unlessStopped(starting, stopped);
}

/** With viewers there is a page even when nobody shall see one: on a free port then. */
async function startPage(
  options: Omit<RunOptions, 'troubles'> & {
    readonly servers: readonly string[];
    readonly partitioned: boolean;
    readonly warn: (line: string) => void;
    readonly troubles: Troubles;
  },
  screen: Screen,
  undo: Cleanup,
): Promise<LiveMap | undefined> {
  const { headless, viewers, servers, seed, host, names, actions } = options;
  const { partitioned, ackWaitMs, warn, troubles } = options;
  if (headless && viewers === 0) return undefined;
  const port = headless ? 0 : options.port;
  const page = await startLiveMap({
    servers,
    seed,
    host,
    names,
    port,
    actions,
    partitioned,
    ackWaitMs,
    warn,
    act: (action) => act(troubles, action),
  });
  undo.add(() => page.close());
  if (!headless) for (const line of addressLines(page.url, screen.view)) screen.say(line);
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
