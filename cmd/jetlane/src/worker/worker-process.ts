/** A forked worker process, as its supervisor sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Failure } from '../failure.ts';
import { type FromProcess, isFromProcess, type Report, type ToProcess } from './protocol.ts';

/** What a process tells; each is called at most as often as its name says. */
export interface ProcessListener {
  report(report: Report): void;
  connection(connected: boolean, server: string): void;
  failed(worker: string, message: string): void;
  /** Anything that the application itself sends with `process.send`. */
  message(message: unknown): void;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How to fork. */
export interface ForkOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Gets each line that the application prints; default: it goes to this process's own stdout and stderr. */
  readonly output?: ((line: string, from: 'stdout' | 'stderr') => void) | undefined;
}

/** One process. It goes from loading to loaded, ready, and ended. */
export class WorkerProcess {
  /** The app's name and its chosen workers; rejects with a `Failure` when they do not load. */
  readonly loaded: Promise<{ readonly app: string; readonly workers: readonly string[] }>;
  /** Resolves when all workers pull; rejects with a `Failure` when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<ProcessEnd>;
  /** Ready, connected, and none of its workers has failed. */
  healthy = false;
  readonly startedMs = Date.now();
  lastReportMs = Date.now();
  readonly #child: ChildProcess;

  constructor(
    load: Extract<ToProcess, { jetlane: 'load' }>,
    options: ForkOptions,
    listener: ProcessListener,
  ) {
    const piped = options.output === undefined ? 'inherit' : 'pipe';
    this.#child = fork(ENTRY, [], {
      env: options.env,
      execArgv: process.execArgv.filter((argument) => !argument.startsWith('--inspect')),
      stdio: ['ignore', piped, piped, 'ipc'],
    });
    const child = this.#child;
    for (const from of ['stdout', 'stderr'] as const) {
      const stream = child[from];
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => options.output?.(line, from));
    }
    this.ended = new Promise((resolve) => {
      child.on('error', () => resolve({ code: null, signal: null }));
      child.on('close', (code, signal) => resolve({ code, signal }));
    });
    const outcome = new Outcome();
    this.loaded = outcome.loaded;
    this.ready = outcome.ready;
    child.on('message', (message) => {
      if (isFromProcess(message)) this.#hear(message, outcome, listener);
      else listener.message(message);
    });
    void this.ended.then((end) => {
      this.healthy = false;
      outcome.fail(
        new Failure(
          `the process ended ${describeEnd(end)} while it started; what it printed may say why`,
        ),
      );
    });
    this.#send(load);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): void {
    this.#send({ jetlane: 'start' });
  }

  /** Asks it to finish what it has and end, in `timeoutMs` at most. */
  drain(timeoutMs: number): void {
    this.#send({ jetlane: 'drain', timeoutMs });
  }

  /** Ends it at once; what it was handling is redelivered. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** False when it does not run any more. */
  signal(signal: NodeJS.Signals): boolean {
    return this.running && this.#child.kill(signal);
  }

  /** Gives the application a message of its own program. */
  pass(message: object): void {
    this.#send(message);
  }

  #send(message: ToProcess | object): void {
    // A process that is already gone tells so by `ended`.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #hear(message: FromProcess, outcome: Outcome, listener: ProcessListener): void {
    switch (message.jetlane) {
      case 'loaded':
        return outcome.load({ app: message.app, workers: message.workers });
      case 'ready':
        this.healthy = true;
        return outcome.begin();
      case 'fatal':
        return outcome.fail(toFailure(message));
      case 'connection':
        this.healthy = message.connected;
        return listener.connection(message.connected, message.server);
      case 'failed':
        this.healthy = false;
        return listener.failed(message.worker, message.message);
      case 'report':
        this.lastReportMs = Date.now();
        return listener.report(message.report);
    }
  }
}

/** How a process ended, in words: `with exit code 1`, `by SIGKILL`. */
export function describeEnd({ code, signal }: ProcessEnd): string {
  if (signal !== null) return `by ${signal}`;
  return code === null ? 'before it began' : `with exit code ${code}`;
}

const ENTRY = fileURLToPath(new URL('./process-main.js', import.meta.url));

type Loaded = Awaited<WorkerProcess['loaded']>;

/** The two promises of a start. Failing rejects what is still open. */
class Outcome {
  readonly loaded: Promise<Loaded>;
  readonly ready: Promise<void>;
  load!: (loaded: Loaded) => void;
  begin!: () => void;
  #reject: ((error: Failure) => void)[] = [];

  constructor() {
    this.loaded = new Promise((resolve, reject) => {
      this.load = resolve;
      this.#reject.push(reject);
    });
    this.ready = new Promise((resolve, reject) => {
      this.begin = resolve;
      this.#reject.push(reject);
    });
    // Whoever does not wait for one of them must not bring the process down.
    this.loaded.catch(() => {});
    this.ready.catch(() => {});
  }

  fail(error: Failure): void {
    for (const reject of this.#reject) reject(error);
  }
}

function toFailure(message: Extract<FromProcess, { jetlane: 'fatal' }>): Failure {
  const cause = message.stack === undefined ? undefined : new Error(message.message);
  if (cause !== undefined) cause.stack = message.stack as string;
  return new FatalStart(message.message, message.exitCode, cause === undefined ? {} : { cause });
}

/** The process itself said why it cannot start, as opposed to dying. */
export class FatalStart extends Failure {}
