/**
 * The service processes of a run: forks them, adds up what they report, restarts one that dies, and
 * ends all of them in order. A process that dies may leave up to a quarter second of settled
 * positions unreported; they then count as lost, which errs on the honest side.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CLOCK_VARIABLE, clockShiftMs } from '../ledger/clock.ts';
import { type Latencies, latencies } from '../ledger/latency.ts';
import { type SeqSet, seqSet } from '../ledger/seq-set.ts';
import type { MeterReport } from '../services/meter.ts';
import { SERVICES, type ServiceMessage, type ServiceName } from '../services/service.ts';
import { PROCESSES_VARIABLE, SEED_VARIABLE } from '../services/settings.ts';

/** What all processes of one service did. */
export interface ServiceTotals {
  readonly settled: SeqSet;
  readonly latencies: Latencies;
  /** The last few seconds only. */
  readonly recent: Latencies;
  deliveries: number;
  redelivered: number;
  buried: number;
  restarts: number;
}

/** The running services. */
export interface ServicePool {
  readonly totals: Readonly<Record<ServiceName, ServiceTotals>>;
  /** Drains every process and waits for its last report. */
  stop(): Promise<void>;
}

/** What the services of a run share. */
export interface PoolOptions {
  readonly server: string;
  readonly seed: number;
  /** Processes of each service. */
  readonly processes: number;
  /** Told, in one sentence each, what went wrong. */
  readonly warn: (line: string) => void;
}

const ENTRY = fileURLToPath(new URL('../service-process.js', import.meta.url));
const READY_MS = 30_000;
const RESTART_MS = 1000;
const STOP_MS = 20_000;
const RECENT_MS = 5000;

/** Starts every service and resolves when all of them are pulling. Throws what one of them failed of. */
export async function startServices(options: PoolOptions): Promise<ServicePool> {
  const totals = Object.fromEntries(SERVICES.map((name) => [name, emptyTotals()])) as Record<
    ServiceName,
    ServiceTotals
  >;
  const children = new Set<ChildProcess>();
  let stopping = false;

  function launch(name: ServiceName): Promise<void> {
    const child = fork(ENTRY, [name, options.server], {
      env: {
        ...process.env,
        [CLOCK_VARIABLE]: String(clockShiftMs),
        [SEED_VARIABLE]: String(options.seed),
        [PROCESSES_VARIABLE]: String(options.processes),
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.add(child);
    return new Promise((resolve, reject) => {
      let ready = false;
      const timer = setTimeout(() => reject(new Error(`${name} was not ready in 30 s`)), READY_MS);
      child.on('message', (message: ServiceMessage) => {
        if (message.kind === 'report') absorb(totals[name], message.report);
        else if (message.kind === 'failed') reject(new Error(`${name}: ${message.message}`));
        else {
          ready = true;
          clearTimeout(timer);
          resolve();
        }
      });
      child.on('exit', (code, signal) => {
        children.delete(child);
        clearTimeout(timer);
        if (!ready) reject(new Error(`${name} ended at once (${signal ?? code})`));
        else if (!stopping) restart(name, String(signal ?? code));
      });
    });
  }

  function restart(name: ServiceName, cause: string): void {
    totals[name].restarts++;
    options.warn(`${name} died (${cause}) and is started again`);
    setTimeout(() => {
      if (stopping) return;
      launch(name).catch((error: Error) => {
        options.warn(error.message);
        restart(name, 'no start');
      });
    }, RESTART_MS).unref();
  }

  const pool = { totals, stop };
  async function stop(): Promise<void> {
    stopping = true;
    await Promise.all([...children].map(end));
  }

  const starts = SERVICES.flatMap((name) =>
    Array.from({ length: options.processes }, () => launch(name)),
  );
  try {
    await Promise.all(starts);
  } catch (error) {
    await Promise.allSettled([stop(), ...starts]);
    throw error;
  }
  return pool;
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function emptyTotals(): ServiceTotals {
  const counts = { deliveries: 0, redelivered: 0, buried: 0, restarts: 0 };
  return { settled: seqSet(), latencies: latencies(), recent: recentLatencies(), ...counts };
}

function absorb(totals: ServiceTotals, report: MeterReport): void {
  totals.settled.addRanges(report.settled);
  totals.settled.takeNewRanges();
  totals.latencies.merge(report.latencies);
  totals.recent.merge(report.latencies);
  totals.deliveries += report.deliveries;
  totals.redelivered += report.redelivered;
  totals.buried += report.buried;
}

/** A histogram that starts anew every few seconds, keeping the last full span readable. */
function recentLatencies(): Latencies {
  let [current, before] = [latencies(), latencies()];
  let sinceMs = performance.now();
  const turn = () => {
    if (performance.now() - sinceMs < RECENT_MS) return;
    sinceMs = performance.now();
    [before, current] = [current, before];
    current.clear();
  };
  const readable = () => (before.count > 0 ? before : current);
  return {
    get count() {
      return readable().count;
    },
    record: (ms) => current.record(ms),
    quantileMs: (share) => readable().quantileMs(share),
    takeNew: () => [],
    merge(pairs) {
      turn();
      current.merge(pairs);
    },
    clear() {
      current.clear();
      before.clear();
    },
  };
}
