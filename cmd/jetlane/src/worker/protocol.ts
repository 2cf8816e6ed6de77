/**
 * What a supervisor and its processes say to each other. Every message carries `jetlane`, so that the application's own
 * messages on the same channel are told apart and passed on.
 */
import type { HistogramPairs } from '@jetlane/core';
import type { WorkerChoice } from '../app/select-workers.ts';
import type { ServerOptions } from '../connection/connect-options.ts';

/** From the supervisor. `load` comes first, `start` once the process answered `loaded`. */
export type ToProcess =
  | {
      readonly jetlane: 'load';
      /** Absolute path of the application's module. */
      readonly app: string;
      readonly choice: WorkerChoice;
      readonly server: ServerOptions;
    }
  | { readonly jetlane: 'start' }
  | { readonly jetlane: 'drain'; readonly timeoutMs: number };

/** From a process. */
export type FromProcess =
  /** The application is loaded and its workers are chosen; nothing is connected yet. */
  | { readonly jetlane: 'loaded'; readonly app: string; readonly workers: readonly string[] }
  /** Every worker pulls. */
  | { readonly jetlane: 'ready' }
  /** It cannot load or start, and ends. */
  | {
      readonly jetlane: 'fatal';
      readonly message: string;
      readonly exitCode: number;
      readonly stack?: string;
    }
  | { readonly jetlane: 'connection'; readonly connected: boolean; readonly server: string }
  /** A worker cannot go on; the others do. */
  | { readonly jetlane: 'failed'; readonly worker: string; readonly message: string }
  /** Once a second, and last before `drained`. Counts are since the report before. */
  | { readonly jetlane: 'report'; readonly report: Report }
  | { readonly jetlane: 'drained' };

/** What one process did since its last report. */
export interface Report {
  readonly published: number;
  /** Published, and stored before under the same id. */
  readonly duplicates: number;
  readonly publishFailed: number;
  readonly workers: readonly WorkerReport[];
}

/** What one worker did in one process since the last report. */
export interface WorkerReport {
  readonly worker: string;
  readonly stream: string;
  readonly delivered: number;
  /** Deliveries that were not the first of their message. */
  readonly redelivered: number;
  readonly settled: number;
  readonly retried: number;
  readonly buried: number;
  /** From delivery to acknowledgement. */
  readonly latency: HistogramPairs;
  /** Messages behind the last delivery; undefined when nothing was delivered. */
  readonly lag?: number | undefined;
  /** How the durable stands, as the server says; undefined when it was not asked or did not answer. */
  readonly ackPending?: number | undefined;
}

/** Whether a message is Jetlane's own. */
export function isFromProcess(message: unknown): message is FromProcess {
  return typeof message === 'object' && message !== null && 'jetlane' in message;
}
