/** Starts, restarts, reloads and drains the worker processes of one application. */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, messageOf } from '../failure.ts';
import { HEALTHY_MS, restartDelayMs } from './backoff.ts';
import type { ToProcess } from './protocol.ts';
import { collectStats, type StatsCollector, type WorkerStats } from './stats.ts';
import { describeEnd, FatalStart, type ForkOptions, WorkerProcess } from './worker-process.ts';

/** What happens to the processes. `process` counts from 1. */
export type WorkerEvent =
  | {
      readonly event: 'ready';
      readonly process: number;
      readonly pid: number;
      readonly workers: readonly string[];
    }
  | {
      readonly event: 'died';
      readonly process: number;
      readonly how: string;
      readonly restartInMs: number;
    }
  | { readonly event: 'disconnected'; readonly process: number; readonly server: string }
  | { readonly event: 'reconnected'; readonly process: number; readonly server: string }
  | {
      readonly event: 'failed';
      readonly process: number;
      readonly worker: string;
      readonly message: string;
    }
  | { readonly event: 'reloading' }
  | { readonly event: 'reloaded'; readonly workers: readonly string[] }
  /** `kept`: what ran before still runs. */
  | { readonly event: 'reload-failed'; readonly message: string; readonly kept: boolean }
  /** So many processes run from now on. */
  | { readonly event: 'scaled'; readonly processes: number }
  | { readonly event: 'draining' }
  | { readonly event: 'drained' };

/** What a supervisor runs and whom it tells. */
export interface SupervisorOptions {
  readonly processes: number;
  readonly load: Extract<ToProcess, { jetlane: 'load' }>;
  readonly fork: Omit<ForkOptions, 'output'> & {
    readonly output?:
      | ((line: string, from: 'stdout' | 'stderr', process: number) => void)
      | undefined;
  };
  readonly onEvent: (event: WorkerEvent) => void;
  readonly onMessage: (message: unknown, process: number) => void;
}

const DRAIN_MS = 25_000;
/** A process that does not end this long after its drain deadline is killed. */
const DRAIN_GRACE_MS = 3000;

/** One place among the processes; a process that dies is followed by another in the same place. */
interface Slot {
  readonly number: number;
  process: WorkerProcess;
  failures: number;
  /** Its process is meant to end: by a drain or a reload. */
  leaving: boolean;
}

/** The processes of one application. `start` once; then `reload`, `scale` and `stop`. */
export class Supervisor {
  app = '';
  workers: readonly string[] = [];
  readonly #options: SupervisorOptions;
  readonly #stats: StatsCollector = collectStats();
  readonly #slots: Slot[] = [];
  readonly #failures = new Map<string, { readonly process: number; readonly message: string }>();
  #restarts = 0;
  #stopping: Promise<void> | undefined;
  readonly #halt = new AbortController();
  /** Reloads and scalings run one after another. */
  #changing: Promise<unknown> = Promise.resolve();
  #wanted: number;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#wanted = options.processes;
  }

  /** Resolves when every process is ready. Rejects with a `Failure`, all ended, when the app cannot load or start. */
  async start(): Promise<void> {
    for (let number = 1; number <= this.#wanted; number++) this.#slots.push(this.#open(number));
    try {
      await Promise.all(this.#slots.map((slot) => this.#begin(slot)));
    } catch (error) {
      this.#stopping ??= Promise.resolve();
      this.kill();
      await Promise.all(this.#slots.map(({ process }) => process.ended));
      throw error;
    }
  }

  /** True when every process is ready and connected and no worker has failed. */
  get ready(): boolean {
    if (this.#stopping !== undefined || this.#slots.length === 0) return false;
    return this.#staying.every(({ process }) => process.healthy) && this.#failures.size === 0;
  }

  /** Workers that cannot go on, with the reason. */
  get failed(): ReadonlyMap<string, string> {
    return new Map([...this.#failures].map(([worker, { message }]) => [worker, message]));
  }

  /** False once no process has reported for `limitMs`: their event loops stand still, or they are all gone. */
  alive(limitMs: number): boolean {
    return this.#slots.some(({ process }) => Date.now() - process.lastReportMs < limitMs);
  }

  /** Of the running processes. */
  get pids(): number[] {
    return this.#slots
      .filter(({ process }) => process.running)
      .map(({ process }) => process.pid)
      .filter((pid) => pid !== undefined);
  }

  /** The figures since the start, and rates since the last call. */
  takeStats(): WorkerStats {
    const staying = this.#staying;
    return this.#stats.take({
      wanted: staying.length,
      ready: staying.filter(({ process }) => process.healthy).length,
      restarts: this.#restarts,
    });
  }

  /**
   * Runs the application as it now is on disk. It is loaded first: if that fails, what runs goes on and the answer is
   * false. Then the old processes drain, and new ones start.
   */
  reload(): Promise<boolean> {
    const reloaded = this.#changing.then(() => this.#reload());
    this.#changing = reloaded.catch(() => {});
    return reloaded;
  }

  /**
   * Runs so many processes: resolves when new ones are ready, or when those that are too many, the youngest, have drained. Rejects
   * with a `Failure`, and as many run as before, when a new one cannot start or all of them are being stopped.
   */
  scale(processes: number): Promise<void> {
    if (!Number.isInteger(processes) || processes < 1)
      return Promise.reject(
        new Failure(`the number of processes must be a whole number from 1, not ${processes}`, 2),
      );
    const scaled = this.#changing.then(() => this.#scale(processes));
    this.#changing = scaled.catch(() => {});
    return scaled;
  }

  /** Sends a signal to the process of this number; false when there is none, or it does not run just now. */
  signal(number: number, signal: NodeJS.Signals): boolean {
    return this.#staying.find((slot) => slot.number === number)?.process.signal(signal) ?? false;
  }

  /** Gives a message to the application in the process of this number, or in every process that runs. */
  send(message: object, number?: number): void {
    for (const slot of this.#staying)
      if (number === undefined || slot.number === number) slot.process.pass(message);
  }

  /** Drains every process and resolves when all have ended; one that is late is killed. */
  stop(timeoutMs: number = DRAIN_MS): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  /** Ends every process at once. What they were handling is redelivered. */
  kill(): void {
    this.#halt.abort();
    for (const { process } of this.#slots) process.kill();
  }

  /** Those that are not about to go. */
  get #staying(): Slot[] {
    return this.#slots.filter(({ leaving }) => !leaving);
  }

  /** Resolves when the process in a new slot pulls; from then on another follows when it dies. */
  async #begin(slot: Slot): Promise<void> {
    this.#learn(await slot.process.loaded);
    slot.process.start();
    await slot.process.ready;
    this.#ready(slot);
    void this.#guard(slot);
  }

  #open(number: number): Slot {
    return { number, process: this.#fork(number), failures: 0, leaving: false };
  }

  #fork(number: number): WorkerProcess {
    const { load, fork, onEvent, onMessage } = this.#options;
    const output = fork.output;
    const options = {
      env: fork.env,
      output: output && ((line: string, from: 'stdout' | 'stderr') => output(line, from, number)),
    };
    return new WorkerProcess(load, options, {
      report: (report) => this.#stats.add(report),
      connection: (connected, server) =>
        onEvent({ event: connected ? 'reconnected' : 'disconnected', process: number, server }),
      failed: (worker, message) => {
        this.#failures.set(worker, { process: number, message });
        onEvent({ event: 'failed', process: number, worker, message });
      },
      message: (message) => onMessage(message, number),
    });
  }

  #learn({ app, workers }: { app: string; workers: readonly string[] }): void {
    this.app = app;
    this.workers = workers;
    for (const worker of workers) this.#stats.expect(worker);
  }

  #ready(slot: Slot): void {
    const { process, number } = slot;
    for (const [worker, failure] of this.#failures)
      if (failure.process === number) this.#failures.delete(worker);
    this.#options.onEvent({
      event: 'ready',
      process: number,
      pid: process.pid ?? -1,
      workers: this.workers,
    });
  }

  /** Follows the process in a slot and starts another when it dies. */
  async #guard(slot: Slot): Promise<void> {
    for (;;) {
      const { process } = slot;
      const end = await process.ended;
      if (this.#stopping !== undefined || slot.leaving || slot.process !== process) return;
      if (Date.now() - process.startedMs > HEALTHY_MS) slot.failures = 0;
      let how = `ended ${describeEnd(end)}`;
      do {
        slot.failures++;
        const restartInMs = restartDelayMs(slot.failures, Math.random());
        this.#options.onEvent({ event: 'died', process: slot.number, how, restartInMs });
        await delay(restartInMs, undefined, { signal: this.#halt.signal }).catch(() => {});
        if (this.#stopping !== undefined || slot.leaving) return;
        this.#restarts++;
        how = (await this.#revive(slot)) ?? '';
        if (this.#stopping !== undefined || slot.leaving) return;
      } while (how !== '');
    }
  }

  /** Puts a new process into a slot; says what went wrong when it did not become ready. */
  async #revive(slot: Slot): Promise<string | undefined> {
    slot.process = this.#fork(slot.number);
    const { process } = slot;
    try {
      this.#learn(await process.loaded);
      process.start();
      await process.ready;
      this.#ready(slot);
      return undefined;
    } catch (error) {
      await process.ended;
      return error instanceof FatalStart ? `cannot start: ${error.message}` : messageOf(error);
    }
  }

  async #reload(): Promise<boolean> {
    const { onEvent } = this.#options;
    if (this.#stopping !== undefined) return false;
    onEvent({ event: 'reloading' });
    const first = this.#fork(1);
    try {
      this.#learn(await first.loaded);
    } catch (error) {
      onEvent({ event: 'reload-failed', message: messageOf(error), kept: true });
      await first.ended;
      return false;
    }
    const old = this.#slots.splice(0);
    for (const slot of old) slot.leaving = true;
    this.#failures.clear();
    await Promise.all(old.map(({ process }) => drained(process, DRAIN_MS)));
    if (this.#stopping !== undefined) {
      first.kill();
      return false;
    }
    return this.#replace(first);
  }

  async #replace(first: WorkerProcess): Promise<boolean> {
    const { onEvent } = this.#options;
    this.#slots.push({ number: 1, process: first, failures: 0, leaving: false });
    for (let number = 2; number <= this.#wanted; number++) this.#slots.push(this.#open(number));
    const starts = this.#slots.map(async (slot) => {
      try {
        await slot.process.loaded;
        slot.process.start();
        await slot.process.ready;
        this.#ready(slot);
        return true;
      } catch (error) {
        if (this.#stopping === undefined)
          onEvent({ event: 'reload-failed', message: messageOf(error), kept: false });
        return false;
      } finally {
        void this.#guard(slot);
      }
    });
    const all = (await Promise.all(starts)).every((started) => started);
    if (all) onEvent({ event: 'reloaded', workers: this.workers });
    return all;
  }

  async #scale(processes: number): Promise<void> {
    if (this.#stopping !== undefined)
      throw new Failure('it is being stopped: the number of its processes does not change', 1);
    if (processes > this.#wanted) await this.#grow(processes);
    else await this.#shrink(processes);
    this.#options.onEvent({ event: 'scaled', processes });
  }

  async #grow(processes: number): Promise<void> {
    const added: Slot[] = [];
    for (let number = this.#wanted + 1; number <= processes; number++)
      added.push(this.#open(number));
    this.#slots.push(...added);
    try {
      await Promise.all(added.map((slot) => this.#begin(slot)));
      this.#wanted = processes;
    } catch (error) {
      for (const slot of added) {
        slot.leaving = true;
        slot.process.kill();
      }
      await Promise.all(added.map(({ process }) => process.ended));
      this.#forget(added);
      throw error;
    }
  }

  async #shrink(processes: number): Promise<void> {
    this.#wanted = processes;
    const left = this.#slots.filter(({ number }) => number > processes);
    for (const slot of left) slot.leaving = true;
    await Promise.all(left.map(({ process }) => drained(process, DRAIN_MS)));
    this.#forget(left);
  }

  #forget(gone: readonly Slot[]): void {
    for (const slot of gone) {
      this.#slots.splice(this.#slots.indexOf(slot), 1);
      for (const [worker, failure] of this.#failures)
        if (failure.process === slot.number) this.#failures.delete(worker);
    }
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#halt.abort();
    this.#options.onEvent({ event: 'draining' });
    await Promise.all(this.#slots.map(({ process }) => drained(process, timeoutMs)));
    this.#options.onEvent({ event: 'drained' });
  }
}

async function drained(process: WorkerProcess, timeoutMs: number): Promise<void> {
  process.drain(timeoutMs);
  const late = setTimeout(() => process.kill(), timeoutMs + DRAIN_GRACE_MS);
  await process.ended;
  clearTimeout(late);
}

/** A start that failed, as one sentence. */
export function startFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(messageOf(error), 1, { cause: error });
}
