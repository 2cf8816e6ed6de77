/**
 * What one service process has done, from Jetlane's own diagnostics: which stream positions it
 * settled, what came again, what was given up; and how long after its intended time each report was
 * handled. The process reports it upward as differences, so the parent only adds.
 */
import { diagnostics } from '@jetlane/core';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import { seqSet } from '../ledger/seq-set.ts';

/** The differences since the last report. */
export interface MeterReport {
  /** Positions settled, as flat pairs of first and last. */
  readonly settled: readonly number[];
  /** Deliveries, the repeated ones included. */
  readonly deliveries: number;
  /** Deliveries that were not the first of their message. */
  readonly redelivered: number;
  readonly buried: number;
  /** Flat pairs of histogram bucket and count. */
  readonly latencies: readonly number[];
}

const handled = latencies();

/** To be called by a service when it has handled a report that was due at this time. */
export function handledReport(takenAtMs: number): void {
  handled.record(nowMs() - takenAtMs);
}

/** Starts to listen for one worker; returns what takes the differences. */
export function meter(worker: string): () => MeterReport {
  const settled = seqSet();
  let [deliveries, redelivered, buried] = [0, 0, 0];
  diagnostics.deliver.subscribe((event) => {
    const { worker: name, attempt } = event as { worker: string; attempt: number };
    if (name !== worker) return;
    deliveries++;
    if (attempt > 1) redelivered++;
  });
  diagnostics.settle.subscribe((event) => {
    const { worker: name, seq } = event as { worker: string; seq: number };
    if (name === worker) settled.add(seq);
  });
  diagnostics.bury.subscribe((event) => {
    if ((event as { worker: string }).worker === worker) buried++;
  });
  return () => {
    const report = { settled: settled.takeNewRanges(), deliveries, redelivered, buried };
    [deliveries, redelivered, buried] = [0, 0, 0];
    return { ...report, latencies: handled.takeNew() };
  };
}
