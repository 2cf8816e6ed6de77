import { resolve } from 'node:path';
import type { WorkerChoice } from '../app/select-workers.ts';
import type { ServerOptions } from '../connection/connect-options.ts';
import type { WorkerStats } from './stats.ts';
import { Supervisor, type WorkerEvent } from './supervisor.ts';

/** What to run, how often, and whom to tell. */
export interface SuperviseOptions extends WorkerChoice {
  /** The module whose default export is `app(...)`; TypeScript or JavaScript. Relative to the working directory. */
  readonly app: string;
  /** How many processes run it. Default 1. */
  readonly processes?: number;
  /** How to reach the server; plain data, because it is sent to the processes. Default: from `NATS_*`. */
  readonly server?: ServerOptions;
  /** Added to the environment of the processes. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets each line that the processes print. Default: it goes to this program's own stdout and stderr. */
  readonly output?: (line: string, from: 'stdout' | 'stderr', process: number) => void;
  /** Called every `statsEveryMs`. Default: never. */
  readonly onStats?: (stats: WorkerStats) => void;
  /** Default 1000. */
  readonly statsEveryMs?: number;
  /** What happens to the processes: ready, died, disconnected, reloaded, drained. */
  readonly onEvent?: (event: WorkerEvent) => void;
  /**
   * Whatever the application sends with `process.send(...)`, and the number of its process, from 1. An application that
   * has a last word sends it when the diagnostics channel `jetlane:drained` publishes: it still arrives.
   */
  readonly onMessage?: (message: unknown, process: number) => void;
}

/** A supervisor that has not started yet. For the command line, which must be able to interrupt a start. */
export function superviseProcesses(options: SuperviseOptions): Supervisor {
  const { only, concurrency, maxAckPending } = options;
  const choice = {
    ...(only === undefined ? {} : { only }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxAckPending === undefined ? {} : { maxAckPending }),
  };
  return new Supervisor({
    processes: options.processes ?? 1,
    load: { jetlane: 'load', app: resolve(options.app), choice, server: options.server ?? {} },
    fork: { env: { ...process.env, ...options.env }, output: options.output },
    onEvent: options.onEvent ?? (() => {}),
    onMessage: options.onMessage ?? (() => {}),
  });
}
