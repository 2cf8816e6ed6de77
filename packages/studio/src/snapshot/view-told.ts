import type { Percentiles, ReportedWorker } from '@jetlane/core';
import type { ToldPercentiles, ToldWorker } from '../wire.ts';

/** What processes told, as the page shows it. */
export function viewTold(told: readonly ReportedWorker[]): ToldWorker[] {
  return told.slice(0, WORKERS_MAX).map((each) => ({
    worker: each.worker,
    stream: each.stream,
    latencyMs: viewPercentiles(each.latencyMs),
    handlingMs: viewPercentiles(each.handlingMs),
    processes: each.processes
      .slice(0, PROCESSES_MAX)
      .map(({ id, host, pid, app = null, started, held, running, lanes = null }) => ({
        id,
        process: `${host}/${pid}`,
        app,
        startedMs: started.getTime(),
        held,
        running,
        lanes,
      })),
    processesTotal: each.processes.length,
  }));
}

const WORKERS_MAX = 1_000;
const PROCESSES_MAX = 50;

function viewPercentiles(percentiles: Percentiles | undefined): ToldPercentiles | null {
  return percentiles === undefined ? null : { p50: percentiles.p50, p99: percentiles.p99 };
}
