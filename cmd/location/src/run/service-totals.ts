/** What the processes of a service did so far, as their reports add up. */
import { type Latencies, latencies } from '../ledger/latency.ts';
import { recentLatencies } from '../ledger/recent-latencies.ts';
import { type SeqSet, seqSet } from '../ledger/seq-set.ts';
import type { MeterReport } from '../services/meter.ts';

/** One process; the one that follows it when it dies has its number. */
export interface ProcessTotals {
  /** From 1. */
  readonly number: number;
  pid: number;
  /** It pulls. */
  up: boolean;
  /** When its last report was made; 0: none came yet. */
  reportedMs: number;
  deliveries: number;
}

/** What all processes of one service did. */
export interface ServiceTotals {
  /** Positions handled, or set aside as dead letters. */
  readonly settled: SeqSet;
  readonly latencies: Latencies;
  /** The last few seconds only. */
  readonly recent: Latencies;
  /** Latencies that nobody has looked at yet, as flat pairs of bucket and count. Taken once a second. */
  unseen: number[];
  deliveries: number;
  redelivered: number;
  buried: number;
  restarts: number;
  /** How long event loops stood still. */
  blockedMs: number;
  /** Processor time of all its processes since they started, in microseconds. */
  cpuUs: number;
  processes: readonly ProcessTotals[];
}

/** Nothing was done yet. */
export function emptyTotals(): ServiceTotals {
  const counts = { deliveries: 0, redelivered: 0, buried: 0, restarts: 0, blockedMs: 0, cpuUs: 0 };
  const measured = { latencies: latencies(), recent: recentLatencies(), unseen: [] };
  return { ...counts, ...measured, settled: seqSet(), processes: [] };
}

/** Adds one report of one process. */
export function absorb(totals: ServiceTotals, process: ProcessTotals, report: MeterReport): void {
  totals.settled.addRanges(report.settled);
  totals.settled.takeNewRanges();
  totals.latencies.merge(report.latencies);
  totals.recent.merge(report.latencies);
  if (totals.unseen.length < UNSEEN_MAX) totals.unseen.push(...report.latencies);
  totals.deliveries += report.deliveries;
  totals.redelivered += report.redelivered;
  totals.buried += report.buried;
  totals.blockedMs += report.blockedMs;
  totals.cpuUs += report.cpuUs;
  process.deliveries += report.deliveries;
  process.reportedMs = report.atMs;
}

/** Everything that this service settled before this time, by the clock of the run, is known here: all its processes said so since. */
export function knownUntilMs({ processes }: Pick<ServiceTotals, 'processes'>): number {
  return Math.min(...processes.filter(({ up }) => up).map(({ reportedMs }) => reportedMs));
}

/** Far more than a second of reports; where nobody looks, it ends there. */
const UNSEEN_MAX = 100_000;
