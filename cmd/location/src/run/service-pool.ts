/**
 * The service processes of a run, started as `jetlane worker` starts them; adds up what they report.
 * A process that dies is started again; what it had handled and not reported is in its black box.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SupervisedApp, superviseApp } from 'jetlane/worker';
import { readBlackBoxes } from '../ledger/black-box.ts';
import { CLOCK_VARIABLE, clockShiftMs } from '../ledger/clock.ts';
import { type Latencies, latencies } from '../ledger/latency.ts';
import { recentLatencies } from '../ledger/recent-latencies.ts';
import { type SeqSet, seqSet } from '../ledger/seq-set.ts';
import { METER_VARIABLE, type MeterMessage, type MeterReport } from '../services/meter.ts';
import { byService, SERVICES, type ServiceName } from '../services/service-name.ts';
import { PROCESSES_VARIABLE, SEED_VARIABLE } from '../services/settings.ts';
import { RunFailure } from './run-failure.ts';

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
  /** Processor time of all its processes since they started, in microseconds. */
  cpuUs: number;
}

/** The running services. */
export interface ServicePool {
  readonly totals: Readonly<Record<ServiceName, ServiceTotals>>;
  /** Drains every process and waits for its last report. */
  stop(): Promise<void>;
}

/** What the services of a run share. */
export interface PoolOptions {
  readonly servers: readonly string[];
  readonly seed: number;
  /** Processes of each service. */
  readonly processes: number;
  /** Told, in one sentence each, what went wrong. */
  readonly warn: (line: string) => void;
}

/**
 * Starts every service and resolves when all of them are pulling.
 *
 * @throws RunFailure when one cannot start; the others are stopped then
 */
export async function startServices(options: PoolOptions): Promise<ServicePool> {
  const totals = byService(emptyTotals);
  const boxes = await mkdtemp(join(tmpdir(), 'location-'));
  const starts = await Promise.allSettled(
    SERVICES.map((name) => startService(name, totals[name], { ...options, boxes })),
  );
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(running.map((service) => service.stop()));
    await rm(boxes, { recursive: true, force: true });
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw new RunFailure((failed.reason as Error).message, { cause: failed.reason });
  }
  return { totals, stop };
}

function startService(
  name: ServiceName,
  totals: ServiceTotals,
  { servers, seed, processes, warn, boxes }: PoolOptions & { readonly boxes: string },
): Promise<SupervisedApp> {
  return superviseApp({
    app: fileURLToPath(new URL(`../services/${name}.js`, import.meta.url)),
    processes,
    server: { servers: [...servers] },
    env: {
      [CLOCK_VARIABLE]: String(clockShiftMs),
      [METER_VARIABLE]: boxes,
      [SEED_VARIABLE]: String(seed),
      [PROCESSES_VARIABLE]: String(processes),
    },
    onMessage: (message) => absorb(totals, (message as MeterMessage).meter),
    onEvent(event) {
      if (event.event === 'failed') warn(`${name}: ${event.message}`);
      if (event.event !== 'died') return;
      warn(`${name} ${event.how} and is started again`);
      totals.restarts++;
      for (const seq of readBlackBoxes(boxes, name)) totals.settled.add(seq);
      totals.settled.takeNewRanges();
    },
  });
}

function emptyTotals(): ServiceTotals {
  const counts = { deliveries: 0, redelivered: 0, buried: 0, restarts: 0, cpuUs: 0 };
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
  totals.cpuUs += report.cpuUs;
}
