/**
 * What one service process has done, from Jetlane's own diagnostics: which stream positions it
 * settled, what came again, what was given up; and how long after its intended time each report was
 * handled. Under the demo the process sends it upward as differences, so the parent only adds; run
 * by itself, a service measures nothing.
 */
import { channel } from 'node:diagnostics_channel';
import {
  type BlockEvent,
  type BuryEvent,
  type DeliverEvent,
  diagnostics,
  type SettleEvent,
} from '@jetlane/core';
import { type BlackBox, blackBox } from '../ledger/black-box.ts';
import { nowMs } from '../ledger/clock.ts';
import { latencies } from '../ledger/latency.ts';
import { seqSet } from '../ledger/seq-set.ts';
import type { ServiceName } from './service-name.ts';

/** The differences since the last report. */
export interface MeterReport {
  /** When it was made, by the clock of the run: what was settled before is in it or in one before it. */
  readonly atMs: number;
  /** Positions handled, or set aside as dead letters, as flat pairs of first and last. */
  readonly settled: readonly number[];
  /** Deliveries, the repeated ones included. */
  readonly deliveries: number;
  /** Deliveries that were not the first of their message. */
  readonly redelivered: number;
  /** Set aside: their dead letters are stored. */
  readonly buried: number;
  /** How long the event loop stood still, where that endangered what the process held. */
  readonly blockedMs: number;
  /** Processor time of this process, in microseconds. */
  readonly cpuUs: number;
  /** Flat pairs of histogram bucket and count. */
  readonly latencies: readonly number[];
}

/** What a service process sends to the demo. */
export interface MeterMessage {
  readonly meter: MeterReport;
}

/** Names, in the environment of the processes that the demo starts, a directory for black boxes. */
export const METER_VARIABLE = 'LOCATION_METER_DIRECTORY';
const REPORT_EVERY_MS = 250;

/** What a meter needs of a message. */
export interface Handled {
  readonly seq: number;
  readonly data: { readonly takenAtMs: number };
}

/** Starts to measure one worker. Returns what its handler calls last, before the acknowledgement. */
export function meter(worker: ServiceName): (message: Handled) => void {
  const { send } = process;
  const directory = process.env[METER_VARIABLE];
  if (directory === undefined || send === undefined) return () => {};
  const handled = latencies();
  const box = blackBox(directory, worker);
  const takeReport = listen(worker, box);
  const report = () => {
    if (!process.connected) return;
    const message: MeterMessage = { meter: { ...takeReport(), latencies: handled.takeNew() } };
    const reported = box.turn();
    send.call(process, message, undefined, undefined, (error) => error ?? reported());
  };
  setInterval(report, REPORT_EVERY_MS).unref();
  channel('jetlane:drained').subscribe(report); // the last word
  return ({ seq, data }) => {
    handled.record(nowMs() - data.takenAtMs);
    box.note(seq);
  };
}

function listen(worker: ServiceName, box: BlackBox): () => Omit<MeterReport, 'latencies'> {
  let cpu = process.cpuUsage();
  const settled = seqSet();
  let [deliveries, redelivered, buried, blockedMs] = [0, 0, 0, 0];
  const settle = (seq: number) => {
    settled.add(seq);
    box.note(seq); // again, if it was handled: a report may have been made since
  };
  diagnostics.deliver.subscribe((event) => {
    const { worker: name, attempt } = event as DeliverEvent;
    if (name !== worker) return;
    deliveries++;
    if (attempt > 1) redelivered++;
  });
  diagnostics.settle.subscribe((event) => {
    const { worker: name, seq } = event as SettleEvent;
    if (name === worker) settle(seq);
  });
  diagnostics.bury.subscribe((event) => {
    const { worker: name, seq } = event as BuryEvent;
    if (name !== worker) return;
    buried++;
    settle(seq);
  });
  diagnostics.block.subscribe((event) => {
    blockedMs += (event as BlockEvent).durationMs;
  });
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = { user: cpu.user + user, system: cpu.system + system };
    const cpuUs = user + system;
    const counts = { deliveries, redelivered, buried, blockedMs };
    [deliveries, redelivered, buried, blockedMs] = [0, 0, 0, 0];
    return { ...counts, atMs: nowMs(), settled: settled.takeNewRanges(), cpuUs };
  };
}
