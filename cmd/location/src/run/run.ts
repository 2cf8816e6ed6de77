/**
 * One run of the demo: server, streams, services, simulation, page; then figures until it ends; then
 * everything is drained in the opposite order and counted.
 */
import { connect } from '@jetlane/core';
import { type Cleanup, cleanup } from '@jetlane/devserver';
import { Locations, Market, Rides } from '@jetlane/streams/location';
import { Viewers } from '../gateway/viewers.ts';
import { nowMs } from '../ledger/clock.ts';
import { byService, SERVICES } from '../services/service-name.ts';
import { simulation } from '../simulation/simulation.ts';
import { watchConsumers } from './consumer-watch.ts';
import { feedback } from './feedback.ts';
import { finalResult, liveFigures, type Result, type Sources } from './figures.ts';
import { startLiveMap } from './live-map.ts';
import type { RunOptions } from './options.ts';
import { ownServer } from './own-server.ts';
import { Publisher } from './publisher.ts';
import { liveLine, liveTable, summary } from './report.ts';
import { RunFailure } from './run-failure.ts';
import type { Screen } from './screen.ts';
import { startServices } from './service-pool.ts';

/** What a finished run amounts to. */
export interface RunEnd {
  readonly result: Result;
  readonly summary: readonly string[];
}

/** Between the last preparation and the first report. */
const LEAD_MS = 300;
/** Code is cold when a run begins: latencies are counted from here on, or from a quarter of a shorter run. */
const WARM_UP_MS = 3000;
/** For flags and estimates that the services published last to come back. */
const LAST_WORDS_MS = 500;
const FIGURES_EVERY_MS = 1000;
/** Longer than the services' ack wait: what a dead process held comes again within it. */
const CATCH_UP_MS = 20_000;

/**
 * Runs until `forMs` has passed or `stopped` aborts, whichever comes first.
 *
 * @throws RunFailure when it cannot start
 */
export async function run(
  options: RunOptions,
  screen: Screen,
  stopped: AbortSignal,
): Promise<RunEnd> {
  const undo = cleanup();
  try {
    const prepared = await prepare(options, screen, undo);
    if (stopped.aborted) throw new RunFailure('stopped before it began');
    return await perform(prepared, options, screen, stopped);
  } finally {
    await undo.run((error) => process.stderr.write(`${(error as Error).message}\n`));
  }
}

interface Prepared extends Sources {
  readonly pages: Viewers;
  readonly url: string | undefined;
}

async function prepare(options: RunOptions, screen: Screen, undo: Cleanup): Promise<Prepared> {
  const { seed, processes, drivers, intervalMs, host, port } = options;
  const warn = (line: string) => process.stderr.write(`${line}\n`);
  let servers = options.server?.split(',');
  if (servers === undefined) {
    const log = (line: string) => screen.say(line);
    const own = await ownServer({ store: options.store, log, warn });
    undo.add(() => own.stop());
    servers = [own.url];
  }
  const client = await connect({ servers, source: 'location', maxInFlight: 1024 });
  undo.add(() => client.close());
  await client.start(Locations, Rides, Market);
  const watch = await watchConsumers(servers, Locations.name);
  undo.add(() => watch.close());
  const pool = await startServices({ servers, seed, processes, warn });
  undo.add(() => pool.stop());

  const pages = new Viewers();
  const prices = new Map<string, number>();
  const world = simulation({ seed, drivers, intervalMs });
  const reactions = feedback(world, {
    flagged: (driverId) => pages.tellAll({ kind: 'flagged', driverIds: [driverId] }),
    surge(cell, multiplier) {
      prices.set(cell, multiplier);
      pages.tellAll({ kind: 'surge', cells: [[cell, multiplier]] });
    },
  });
  await client.start(reactions.app);
  const greeting = () => [
    { kind: 'flagged', driverIds: [...reactions.flagged] },
    { kind: 'surge', cells: [...prices] },
  ];
  let url: string | undefined;
  if (!options.headless) {
    const { city } = world;
    const page = await startLiveMap({ client, city, viewers: pages, host, port, greeting });
    undo.add(() => page.close());
    url = page.url;
    screen.say(`The live map is at ${url}  (Ctrl-C ends)`);
  }
  const sending = new Publisher({
    client,
    simulation: world,
    seed,
    onLegEnded: (end) => reactions.eta.ended(end.rideId, end.leg, end.atMs),
  });
  undo.add(() => sending.stop());
  const sources = { simulation: world, publisher: sending, pool, feedback: reactions, watch };
  return { ...sources, pages, url };
}

async function perform(
  prepared: Prepared,
  options: RunOptions,
  screen: Screen,
  stopped: AbortSignal,
): Promise<RunEnd> {
  const { publisher: sending, pool, watch, pages, url } = prepared;
  const { drivers, intervalMs, forMs, seed } = options;
  const takeFigures = liveFigures(prepared);
  const title = `${drivers.toLocaleString('en')} drivers, every ${intervalMs / 1000} s`;
  const timer = setInterval(() => {
    const figures = takeFigures();
    pages.tellAll({ kind: 'figures', figures });
    screen.show(liveTable(figures, { title, url, viewers: pages.count }), liveLine(figures));
  }, FIGURES_EVERY_MS);
  const warmUpMs = Math.min(WARM_UP_MS, (forMs ?? Number.POSITIVE_INFINITY) / 4);
  let warm: NodeJS.Timeout | undefined;
  try {
    const startMs = nowMs() + LEAD_MS;
    sending.start(startMs, forMs === undefined ? undefined : startMs + forMs);
    warm = setTimeout(() => forgetLatencies(pool), LEAD_MS + warmUpMs);
    await ended(forMs === undefined ? undefined : forMs + LEAD_MS, stopped);
    await watch.refresh();
    const lagAtEnd = byService((name) => watch.figures[name]?.lag ?? 0);
    screen.say('draining');
    await sending.stop();
    await caughtUp(prepared);
    await pool.stop();
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
    const result = finalResult(prepared, { seed, lagAtEnd });
    const cold = `latencies leave out the first ${warmUpMs / 1000} s, while the code is cold`;
    return { result, summary: summary(result, [cold, ...notes(prepared)]) };
  } finally {
    clearTimeout(warm);
    clearInterval(timer);
  }
}

function ended(forMs: number | undefined, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve();
    const timer = forMs === undefined ? undefined : setTimeout(resolve, forMs);
    stopped.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function forgetLatencies({ totals }: Sources['pool']): void {
  for (const name of SERVICES) totals[name].latencies.clear();
}

/** Waits until every service has settled everything confirmed, as long as that still advances. */
async function caughtUp({ publisher: { acked }, pool }: Sources): Promise<void> {
  const missing = () =>
    SERVICES.reduce((sum, name) => sum + acked.missingIn(pool.totals[name].settled), 0);
  let [left, sinceMs] = [missing(), performance.now()];
  while (left > 0 && performance.now() - sinceMs < CATCH_UP_MS) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = missing();
    if (now < left) sinceMs = performance.now();
    left = now;
  }
}

/** What went less than perfectly, said rather than hidden. */
function notes({ publisher: { late, skipped, failed }, pool }: Sources): string[] {
  const found: string[] = [];
  if (late > 0) found.push(`${late} reports were sent over 50 ms late`);
  if (skipped > 0) found.push(`${skipped} reports were not sent, because too many waited`);
  for (const [code, times] of failed) found.push(`${times} publishes failed with ${code}`);
  for (const name of SERVICES) {
    const { restarts, buried } = pool.totals[name];
    if (restarts > 0) found.push(`${name} died ${restarts} times and was started again`);
    if (buried > 0) found.push(`${name} buried ${buried} messages: see the stream DLQ`);
  }
  return found;
}
