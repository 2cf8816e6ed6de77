/**
 * What a process tells about its workers: the wire format, whole.
 *
 * Asked is by a message to `_jl.report`, an ordinary NATS request whose payload is not read: `nats req _jl.report '' --replies 0`
 * asks by hand. Every connection that runs workers answers once, with a {@link ProcessReport} as JSON in UTF-8, to the reply
 * subject; who runs none does not listen. Counts go on from the start of the worker, so whoever asks subtracts what it was told
 * before, and an answer that is lost costs nothing. A worker whose `sinceMs` has changed began anew.
 *
 * Durations are histograms: a flat list of bucket and count, lowest bucket first, only those that hold something. Bucket `b`
 * holds what took from `2^(b div 32) * (1 + (b mod 32) / 32)` microseconds up to where the next one begins; bucket 0 also what took
 * less, and bucket 1279 what took more.
 *
 * `v` counts changes that a reader of before would misunderstand. Readers leave out answers of another version and fields that they
 * do not know; new fields come without a new version.
 */

import { isObject } from '../is-object.ts';
import { type HistogramPairs, isPairs } from './histogram.ts';

/** Where processes are asked. */
export const REPORT_SUBJECT = '_jl.report';
/** Of the format, see the head of this file. */
export const REPORT_VERSION = 1;

/** One answer. */
export interface ProcessReport {
  readonly v: typeof REPORT_VERSION;
  /** Of the connection, made up when it was opened: a process may have several. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** `source` of the connection: the app's name, unless another was given. */
  readonly app: string | null;
  /** When the process started, in milliseconds since 1970, by its clock. */
  readonly startedMs: number;
  /** When it answered, by the same clock. */
  readonly nowMs: number;
  readonly workers: readonly WorkerRecord[];
  /** Workers that did not fit into the server's largest payload. */
  readonly left: number;
}

/** One worker in one process. */
export interface WorkerRecord {
  readonly worker: string;
  /** Of a partitioned worker, too, the stream that it declares, not its queue. */
  readonly stream: string;
  /** When it started, in milliseconds since 1970, by the clock of its process. */
  readonly sinceMs: number;
  /** Messages that it holds now. */
  readonly held: number;
  /** Calls of handlers that run now. */
  readonly running: number;
  /** Messages that it makes room for; with lanes it may hold twice as many. */
  readonly room: number;
  /** Lanes that hold something now; null where nothing is ordered. */
  readonly lanes: number | null;
  /** Messages that were acknowledged since `sinceMs`. */
  readonly settled: number;
  /** Attempts that failed and were followed by another, since then. */
  readonly retried: number;
  /** Messages that were given up on, since then. */
  readonly buried: number;
  /**
   * Of what was settled since then, how long it took from being stored in the stream, by the server's clock, to being acknowledged, by
   * that of the process. A message that was retried counts from when it was first stored.
   */
  readonly latency: HistogramPairs;
  /** The same from delivery to acknowledgement, by one clock. */
  readonly handling: HistogramPairs;
}

/** As it travels; of workers that do not fit into `maxBytes` it says only how many they are. */
export function encodeReport(report: ProcessReport, maxBytes: number): Uint8Array {
  const { workers } = report;
  for (let count = workers.length; ; count = Math.floor(count / 2)) {
    const left = workers.length - count;
    const text = JSON.stringify({ ...report, workers: workers.slice(0, count), left });
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= maxBytes || count === 0) return bytes;
  }
}

/** A report as it arrived; undefined for whatever else arrived. Anyone may answer: nothing in it is believed unseen. */
export function decodeReport(bytes: Uint8Array): ProcessReport | undefined {
  try {
    const report: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isReport(report) ? report : undefined;
  } catch {
    return undefined;
  }
}

const TEXT_MAX = 256;
const WORKERS_MAX = 10_000;

function isReport(value: unknown): value is ProcessReport {
  if (!isObject(value) || value.v !== REPORT_VERSION) return false;
  const { id, host, app, workers } = value;
  return (
    isText(id) &&
    isText(host) &&
    (app === null || isText(app)) &&
    [value.pid, value.startedMs, value.nowMs].every(isCount) &&
    Array.isArray(workers) &&
    workers.length <= WORKERS_MAX &&
    workers.every(isRecord)
  );
}

function isRecord(value: unknown): value is WorkerRecord {
  if (!isObject(value)) return false;
  const { worker, stream, lanes, latency, handling } = value;
  const { sinceMs, held, running, room, settled, retried, buried } = value;
  return (
    isText(worker) &&
    isText(stream) &&
    (lanes === null || isCount(lanes)) &&
    [sinceMs, held, running, room, settled, retried, buried].every(isCount) &&
    isPairs(latency) &&
    isPairs(handling)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_MAX;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}
