/**
 * One run of the demo: server, streams, services, simulation, page; then figures until it ends; then
 * everything is drained in the opposite order and counted.
 */
import { cleanup } from '@jetlane/devserver';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import { measureFloor } from '../load/floor.ts';
import { byService, SERVICES } from '../services/service-name.ts';
import { follow } from '../troubles/follow.ts';
import { type Fresh, finalResult, liveFigures, type Result, type Sources } from './figures.ts';
import { count } from './layout.ts';
import { type Moment, measured, takeMoment, withFloor } from './measured.ts';
import type { RunOptions } from './options.ts';
import { type Prepared, prepare } from './prepare.ts';
import { liveLine, liveTable, summary } from './report.ts';
import { RunStopped } from './run-failure.ts';
import type { Screen, View } from './screen.ts';

/** What a finished run amounts to. */
export interface RunEnd {
  readonly result: Result;
  readonly summary: readonly string[];
}

/** Between the last preparation and the first report. */
const LEAD_MS = 300;
/** Code is cold when a run begins: latencies are counted from here on, or from a quarter of a shorter run. */
const WARM_UP_MS = 10_000;
/** For flags and estimates that the services published last to come back. */
const LAST_WORDS_MS = 500;
const FIGURES_EVERY_MS = 1000;
/** One measurement of the floor, no longer than the run; there is one before and one after. */
const FLOOR_MS = 4000;
/** Longer than any trouble that ends by itself. */
const TROUBLE_MS = 40_000;
/** So much longer than the services' ack wait, without any progress: what a dead process held comes again within that, and streams have leaders. */
const CATCH_UP_MS = 30_000;

/**
 * Runs until `forMs` has passed or `stopped` aborts, whichever comes first.
 *
 * @throws RunFailure when it cannot start; RunStopped when `stopped` aborts before it has
 */
export async function run(
  options: RunOptions,
  screen: Screen,
  stopped: AbortSignal,
): Promise<RunEnd> {
  const undo = cleanup();
  try {
    const prepared = await prepare(options, screen, undo, stopped).catch((cause: unknown) => {
      // Whatever failed then, failed because of it: the terminal's Ctrl-C reaches all processes.
      throw stopped.aborted ? new RunStopped({ cause }) : cause;
    });
    return await perform(prepared, options, screen, stopped);
  } finally {
    await undo.run((error) => screen.warn((error as Error).message));
    screen.clear();
  }
}

async function perform(
  prepared: Prepared,
  options: RunOptions,
  screen: Screen,
  stopped: AbortSignal,
): Promise<RunEnd> {
  const { publisher: sending, pool, watch, troubles } = prepared;
  const { drivers, intervalMs, forMs, seed, processes, ackWaitMs } = options;
  const intendedPerS = (drivers * 1000) / intervalMs;
  const floor = latencies();
  const measure = async () => {
    if (!options.floor || stopped.aborted) return;
    screen.say('measuring core NATS at this rate');
    const floorMs = Math.min(FLOOR_MS, forMs ?? FLOOR_MS);
    await measureFloor({ servers: prepared.servers, perS: intendedPerS, forMs: floorMs }, floor);
  };
  await measure();
  const warmUpMs = Math.min(WARM_UP_MS, (forMs ?? Number.POSITIVE_INFINITY) / 4);
  const look = shower(prepared, options, screen);
  const timer = setInterval(look, FIGURES_EVERY_MS);
  let counted: Counted | undefined;
  const plan = follow(options.troubles, troubles, (line) => screen.say(line));
  try {
    const startMs = nowMs() + LEAD_MS;
    counted = countFrom(prepared, warmUpMs);
    sending.start(startMs, forMs === undefined ? undefined : startMs + forMs);
    await ended(forMs === undefined ? undefined : forMs + LEAD_MS, stopped);
    const to = takeMoment(prepared);
    counted.end();
    await watch.refresh();
    const lagAtEnd = byService((name) => watch.figures[name]?.lag ?? 0);
    const { crowd } = prepared;
    screen.say('draining');
    plan.stop();
    await troubles.end(TROUBLE_MS);
    await sending.stop();
    const { from, leftOutS } = counted;
    const { late, skipped } = sending; // with what was still due
    const until = { ...to, late, skipped };
    const load = measured({ from, leftOutS, to: until, intendedPerS, processes, lagAtEnd, crowd });
    await caughtUp(prepared, CATCH_UP_MS + ackWaitMs);
    clearInterval(timer);
    await watch.refresh();
    look();
    await pool.stop();
    await new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
    await measure();
    const plain = finalResult(prepared, {
      seed,
      lagAtEnd,
      load,
      troubles: troubles.shown().reverse(),
    });
    const result = options.floor
      ? { ...plain, load: withFloor(load, floor, plain.services) }
      : plain;
    return { result, summary: summary(result, notes(prepared), screen.view) };
  } finally {
    plan.stop();
    counted?.end();
    clearInterval(timer);
  }
}

/** From when on a run counts. */
interface Counted {
  readonly from: Moment;
  /** What lies before, in seconds of the run. */
  readonly leftOutS: number;
  /** No later moment any more. */
  end(): void;
}

/** Counts from the first report, and from the end of the warm-up once that has come. */
function countFrom(prepared: Prepared, warmUpMs: number): Counted {
  let [from, leftOutS] = [takeMoment(prepared), 0];
  const begun = setTimeout(() => {
    from = takeMoment(prepared);
  }, LEAD_MS);
  const warm = setTimeout(() => {
    forgetLatencies(prepared);
    [from, leftOutS] = [takeMoment(prepared), warmUpMs / 1000];
  }, LEAD_MS + warmUpMs);
  return {
    get from() {
      return from;
    },
    get leftOutS() {
      return leftOutS;
    },
    end() {
      clearTimeout(begun);
      clearTimeout(warm);
    },
  };
}

/** Makes what looks at a run once: takes its figures, into the accounts of its troubles too, and shows them. */
function shower(
  prepared: Prepared,
  { drivers, intervalMs, headless }: RunOptions,
  screen: Screen,
): () => void {
  const { liveMap, troubles } = prepared;
  const takeFigures = liveFigures(prepared);
  const title = `${drivers.toLocaleString('en')} drivers, every ${intervalMs / 1000} s`;
  const url = headless ? undefined : liveMap?.url;
  return () => {
    const fresh = takeFresh(prepared);
    const figures = takeFigures(fresh);
    troubles.observe(figures, fresh);
    const { offers } = troubles;
    const told = { ...figures, troubles: troubles.shown(), offers };
    liveMap?.tell({ order: 'figures', figures: told });
    const viewers = liveMap?.figures.viewers ?? 0;
    const table = (view: View) => liveTable(figures, { title, url, viewers }, view);
    screen.show(table, liveLine(figures));
  };
}

function takeFresh({ pool: { totals }, liveFloor }: Prepared): Fresh {
  const services = byService((name) => totals[name].unseen);
  for (const name of SERVICES) totals[name].unseen = [];
  return { services, floor: liveFloor?.takeNew() };
}

function ended(forMs: number | undefined, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const timer = forMs === undefined ? undefined : setTimeout(end, forMs);
    stopped.addEventListener('abort', end);
  });
}

function forgetLatencies({ pool: { totals }, crowd }: Prepared): void {
  for (const name of SERVICES) totals[name].latencies.clear();
  crowd?.latencies.clear();
}

/** Waits until every service has settled everything confirmed, as long as that still advances. */
async function caughtUp(
  { publisher: { acked }, pool }: Sources,
  patienceMs: number,
): Promise<void> {
  const missing = () =>
    SERVICES.reduce((sum, name) => sum + acked.missingIn(pool.totals[name].settled), 0);
  let [left, sinceMs] = [missing(), performance.now()];
  while (left > 0 && performance.now() - sinceMs < patienceMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = missing();
    if (now < left) sinceMs = performance.now();
    left = now;
  }
}

/** What went less than perfectly, said rather than hidden. */
function notes({ publisher, pool, watch, troubles }: Prepared): string[] {
  const { late, skipped, failed } = publisher;
  const found = troubles
    .shown()
    .reverse()
    .map(({ words }) => words);
  if (late > 0) found.push(`in the whole run ${count(late)} reports were sent over 50 ms late`);
  if (skipped > 0)
    found.push(
      `in the whole run ${count(skipped)} reports were not sent: too many waited, or time was up`,
    );
  for (const [code, times] of failed) found.push(`${count(times)} publishes failed with ${code}`);
  for (const name of SERVICES) {
    const { restarts, buried } = pool.totals[name];
    if (restarts > 0) found.push(`${name} died ${restarts} times and was started again`);
    const left = watch.deadLetters[name] ?? 0;
    if (buried > 0)
      found.push(`${name} set ${count(buried)} reports aside; dead letters left: ${count(left)}`);
  }
  return found;
}
