/** Adds up the reports of all processes. */
import { Histogram } from '@jetlane/core';
import type { Report, WorkerReport } from './protocol.ts';

/** What all processes did. Totals count from the start; rates and latencies cover the last interval. */
export interface WorkerStats {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly uptimeMs: number;
  readonly processes: {
    readonly wanted: number;
    /** Connected, and every worker of theirs pulls. */
    readonly ready: number;
    /** Starts after a process died. */
    readonly restarts: number;
  };
  readonly published: number;
  readonly publishedPerSecond: number;
  /** Published, and stored before under the same id. */
  readonly duplicates: number;
  readonly publishFailed: number;
  readonly workers: readonly WorkerFigures[];
}

/** One worker, over all processes. */
export interface WorkerFigures {
  readonly worker: string;
  readonly stream: string;
  readonly delivered: number;
  readonly redelivered: number;
  readonly settled: number;
  readonly retried: number;
  /** Dead letters. */
  readonly buried: number;
  readonly settledPerSecond: number;
  /** Messages that wait in the stream, as far as known; undefined before the first delivery. */
  readonly lag: number | undefined;
  /** Delivered and not settled, over all processes; undefined until the server was asked. */
  readonly ackPending: number | undefined;
  /** From delivery to acknowledgement; undefined when nothing was settled in the interval. */
  readonly latencyMs: { readonly p50: number; readonly p99: number } | undefined;
}

/** Gathers reports. */
export interface StatsCollector {
  /** Makes a worker visible before its first report. */
  expect(worker: string): void;
  add(report: Report): void;
  /** The figures now, and a new interval. */
  take(processes: WorkerStats['processes']): WorkerStats;
}

type Totals = { -readonly [Field in keyof WorkerFigures]: WorkerFigures[Field] } & {
  settledBefore: number;
  readonly latency: Histogram;
};

/** Starts at zero. `now` is the clock in milliseconds. */
export function collectStats(now: () => number = Date.now): StatsCollector {
  const workers = new Map<string, Totals>();
  const startMs = now();
  let takenMs = startMs;
  let published = 0;
  let publishedBefore = 0;
  let duplicates = 0;
  let publishFailed = 0;

  function of(worker: string, stream: string): Totals {
    const known = workers.get(worker);
    if (known !== undefined) {
      if (stream !== '') known.stream = stream;
      return known;
    }
    const totals = emptyTotals(worker, stream);
    workers.set(worker, totals);
    return totals;
  }

  return {
    expect(worker) {
      of(worker, '');
    },
    add(report) {
      published += report.published;
      duplicates += report.duplicates;
      publishFailed += report.publishFailed;
      for (const each of report.workers) absorb(of(each.worker, each.stream), each);
    },
    take(processes) {
      const atMs = now();
      const seconds = Math.max(0.001, (atMs - takenMs) / 1000);
      const publishedPerSecond = round((published - publishedBefore) / seconds);
      takenMs = atMs;
      publishedBefore = published;
      return {
        atMs,
        uptimeMs: atMs - startMs,
        processes,
        published,
        publishedPerSecond,
        duplicates,
        publishFailed,
        workers: [...workers.values()].map((totals) => takeFigures(totals, seconds)),
      };
    },
  };
}

function emptyTotals(worker: string, stream: string): Totals {
  const counts = { delivered: 0, redelivered: 0, settled: 0, retried: 0, buried: 0 };
  const unknown = { lag: undefined, ackPending: undefined, latencyMs: undefined };
  const interval = { settledPerSecond: 0, settledBefore: 0, latency: new Histogram() };
  return { worker, stream, ...counts, ...unknown, ...interval };
}

function absorb(totals: Totals, report: WorkerReport): void {
  totals.delivered += report.delivered;
  totals.redelivered += report.redelivered;
  totals.settled += report.settled;
  totals.retried += report.retried;
  totals.buried += report.buried;
  totals.latency.add(report.latency);
  totals.lag = report.lag ?? totals.lag;
  totals.ackPending = report.ackPending ?? totals.ackPending;
}

function takeFigures(totals: Totals, seconds: number): WorkerFigures {
  const { latency, settledBefore, ...figures } = totals;
  const latencyMs =
    latency.count === 0
      ? undefined
      : { p50: round(latency.quantileMs(0.5)), p99: round(latency.quantileMs(0.99)) };
  const settledPerSecond = round((totals.settled - settledBefore) / seconds);
  totals.settledBefore = totals.settled;
  latency.clear();
  return { ...figures, settledPerSecond, latencyMs };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
