/** jetlane/worker: run an application's workers from a program, exactly as `jetlane worker` does. */
import { usageFailure } from './failure.ts';
import { isFromProcess } from './worker/protocol.ts';
import type { WorkerStats } from './worker/stats.ts';
import { type SuperviseOptions, superviseProcesses } from './worker/supervise-processes.ts';
import type { Supervisor } from './worker/supervisor.ts';

export type { WorkerChoice } from './app/select-workers.ts';
export type { ServerOptions } from './connection/connect-options.ts';
export type { WorkerFigures, WorkerStats } from './worker/stats.ts';
export type { SuperviseOptions } from './worker/supervise-processes.ts';
export type { WorkerEvent } from './worker/supervisor.ts';

/** A running application. */
export interface SupervisedApp {
  /** Name of the app. */
  readonly name: string;
  /** Names of the workers that run. */
  readonly workers: readonly string[];
  /** Every process is connected and pulls. */
  readonly ready: boolean;
  /** Workers that cannot go on (their stream or permission is gone), with the reason. */
  readonly failed: ReadonlyMap<string, string>;
  readonly pids: readonly number[];
  /** False once no process has reported for `limitMs`. */
  alive(limitMs: number): boolean;
  /** Figures since the start; rates cover the time since the last call, or since `onStats` was called last. */
  stats(): WorkerStats;
  /** Loads the app anew, drains the old processes, starts new ones. False, and nothing changed, when it does not load. */
  reload(): Promise<boolean>;
  /**
   * Runs so many processes from now on, and resolves when they do: new ones pull, or those that were too many, the youngest, have drained
   * (for at most 25 s). Reloads and other calls of `scale` are waited for.
   *
   * Rejects with a plain error, and as many run as before, when a new process does not start, when `processes` is no whole
   * number from 1, and while the app is being stopped.
   */
  scale(processes: number): Promise<void>;
  /**
   * Sends a signal to one process, by its number from 1, as events name it. One that ends of it is started again, as any that dies.
   * False when there is no such process, or it does not run just now.
   *
   * @example
   * billing.signal(1, 'SIGKILL'); // what it held is redelivered, and another process takes its place
   */
  signal(process: number, signal: NodeJS.Signals): boolean;
  /**
   * Gives the application a message, in every process that runs or in one, by its number from 1: its module hears it as
   * `process.on('message', …)`, among Jetlane's own messages, which have a field `jetlane`. A process that starts later does not
   * hear it: send it again on the event `ready`. The counterpart of `onMessage`.
   *
   * Throws a plain error when the message has a field `jetlane`.
   */
  send(message: object, process?: number): void;
  /** Drains every process, for at most `timeoutMs` (default 25 000), and resolves when all have ended. */
  stop(timeoutMs?: number): Promise<void>;
  /** Ends every process at once; what they were handling is redelivered. */
  kill(): void;
}

/**
 * Runs the workers of an app in processes of their own and resolves when all of them pull. A process that dies is
 * started again, after 200 ms at first and 30 s at most, for as long as it takes; when this program ends, however it
 * ends, its processes drain and end too.
 *
 * Rejects with a plain error, one sentence that says what to do, when the app does not load or its first start fails.
 *
 * @example
 * ```ts
 * const billing = await superviseApp({ app: 'src/billing.ts', processes: 2, server: { servers: url } });
 * console.log(billing.stats());
 * await billing.stop();
 * ```
 */
export async function superviseApp(options: SuperviseOptions): Promise<SupervisedApp> {
  const supervisor = superviseProcesses(options);
  await supervisor.start();
  return toSupervisedApp(supervisor, options);
}

function toSupervisedApp(supervisor: Supervisor, options: SuperviseOptions): SupervisedApp {
  const { onStats, statsEveryMs = 1000 } = options;
  const timer = onStats && setInterval(() => onStats(supervisor.takeStats()), statsEveryMs);
  return {
    get name() {
      return supervisor.app;
    },
    get workers() {
      return supervisor.workers;
    },
    get ready() {
      return supervisor.ready;
    },
    get failed() {
      return supervisor.failed;
    },
    get pids() {
      return supervisor.pids;
    },
    alive: (limitMs) => supervisor.alive(limitMs),
    stats: () => supervisor.takeStats(),
    reload: () => supervisor.reload(),
    scale: (processes) => supervisor.scale(processes),
    signal: (process, signal) => supervisor.signal(process, signal),
    send(message, process) {
      if (isFromProcess(message))
        throw usageFailure("a message to an app has no field 'jetlane': that is for Jetlane's own");
      supervisor.send(message, process);
    },
    async stop(timeoutMs) {
      await supervisor.stop(timeoutMs);
      clearInterval(timer);
    },
    kill() {
      clearInterval(timer);
      supervisor.kill();
    },
  };
}
