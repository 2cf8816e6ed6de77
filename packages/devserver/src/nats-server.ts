/** One server with a fixed port and store, whose process comes and goes. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from './ask.ts';
import { DevserverError } from './error.ts';
import { untilFrozen } from './frozen.ts';
import type { Launch, Server, ServerOptions } from './server.ts';
import { lastWords, type ServerProcess, spawnServer } from './server-process.ts';
import { checkStore, claimStore, remove } from './store.ts';
import type { ServerBinary } from './way.ts';

/** Everything that stays the same as long as the server lives. */
export interface Settled {
  readonly options: ServerOptions;
  readonly launch: Launch;
  readonly binary: ServerBinary;
  /** Temporary directory with the configuration and, unless one is given, the store. */
  readonly files: string;
  readonly port: number;
  readonly monitorPort: number | undefined;
}

const STOP_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_PAUSE_MS = 20;
const RESTART_TRIES_MAX = 50;
const RESTART_PAUSE_MS = 100;

/** Whether a start failed because a port was taken in the meantime. */
export function isPortClash(cause: unknown): boolean {
  const message = cause instanceof Error ? cause.message : '';
  return /address already in use|only one usage of each socket/i.test(message);
}

/** The server behind `Server`. It does not run until `restart()`. */
export class NatsServer implements Server {
  readonly url: string;
  readonly monitorUrl: string | undefined;
  readonly store: string;
  readonly #settled: Settled;
  readonly #host: string;
  #process: ServerProcess | undefined;
  #startedBefore = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settled: Settled) {
    this.#settled = settled;
    const { options, files, port, monitorPort } = settled;
    this.#host = reachable(options.host ?? '127.0.0.1');
    const address = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    this.url = `nats://${address}:${port}`;
    this.monitorUrl = monitorPort === undefined ? undefined : `http://${address}:${monitorPort}`;
    this.store = options.store === undefined ? join(files, 'store') : resolve(options.store);
  }

  get port(): number {
    return this.#settled.port;
  }

  get binary(): ServerBinary {
    return this.#settled.binary;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  stop(): Promise<void> {
    return this.#next(async () => {
      await this.#end('SIGTERM');
      await remove(this.#settled.files);
    });
  }

  kill(): Promise<void> {
    return this.#next(() => this.#end('SIGKILL'));
  }

  restart(): Promise<void> {
    return this.#next(async () => {
      await this.#end('SIGKILL');
      // The first start may choose another port; a later one has to wait for its own.
      const tries = this.#startedBefore ? RESTART_TRIES_MAX : 1;
      for (let tried = 1; ; tried++) {
        try {
          await this.#start();
          this.#startedBefore = true;
          return;
        } catch (cause) {
          await this.#end('SIGKILL');
          if (!isPortClash(cause) || tried >= tries) throw cause;
          await delay(RESTART_PAUSE_MS);
        }
      }
    });
  }

  pause(): Promise<void> {
    return this.#next(async () => {
      this.#signal('SIGSTOP');
      if (await untilFrozen(this.pid)) return;
      throw new DevserverError(`the server ${this.url} got SIGSTOP and did not stop`);
    });
  }

  resume(): Promise<void> {
    return this.#next(async () => this.#signal('SIGCONT'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #next(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    if (this.#process?.signal(name)) return;
    throw new DevserverError(
      `${name} was not sent: the server ${this.url} does not run; call restart() first`,
    );
  }

  async #end(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const current = this.#process;
    if (!current?.running) return;
    current.signal(name);
    if (name === 'SIGTERM') current.signal('SIGCONT'); // it may be paused
    const timer = setTimeout(() => current.signal('SIGKILL'), STOP_TIMEOUT_MS);
    await current.exited;
    clearTimeout(timer);
  }

  async #start(): Promise<void> {
    const { options, binary, files, port } = this.#settled;
    const { timeoutMs = START_TIMEOUT_MS, log = () => {} } = options;
    await checkStore(this.store);
    const args = await this.#args();
    const started = spawnServer(binary.path, args, { removes: files, log });
    this.#process = started;
    const limit = new AbortController();
    const late = delay(timeoutMs, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`not ready within ${timeoutMs} ms; last words: ${lastWords(started.lines)}`);
    });
    late.catch(() => {});
    try {
      await Promise.race([started.listening, late]);
      await Promise.race([this.#answering(started, limit.signal), late]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DevserverError(
        `nats-server ${binary.version} (${binary.path}) did not start on port ${port}: ${reason}`,
        { cause },
      );
    } finally {
      limit.abort();
    }
  }

  async #args(): Promise<string[]> {
    const { options, launch, port, monitorPort, files } = this.#settled;
    const args = ['-a', options.host ?? '127.0.0.1', '-p', String(port)];
    if (options.jetstream !== false) args.push('-js', '-sd', this.store);
    if (options.name !== undefined) args.push('-n', options.name);
    if (monitorPort !== undefined) args.push('-m', String(monitorPort));
    if (options.config !== undefined) {
      const file = join(files, 'nats-server.conf');
      await writeFile(file, options.config);
      args.push('-c', file);
    }
    return [...args, ...launch.args];
  }

  /** Resolves when a client would be served; gives up when the process ends or `signal` aborts. */
  async #answering(started: ServerProcess, signal: AbortSignal): Promise<void> {
    const { options, launch, port } = this.#settled;
    const listeningIsEnough = options.jetstream === false || launch.clustered;
    // Nobody listens on the other subject, and the server says so at once.
    const subject = listeningIsEnough ? '_JETLANE.NOBODY' : '$JS.API.INFO';
    const question = { subject, timeoutMs: PROBE_TIMEOUT_MS };
    while (!signal.aborted) {
      if (!started.running) throw new Error(lastWords(started.lines));
      const answer = await ask(this.#host, port, question).catch(() => undefined);
      const ready =
        answer !== undefined &&
        (listeningIsEnough ||
          (answer.reply !== undefined && !/"error" *:/.test(answer.reply)) ||
          // With accounts of the user's own it is theirs to say who may use JetStream.
          (options.config !== undefined && answer.info.jetstream === true));
      if (ready) {
        const serverId = answer.info.server_id;
        await claimStore(this.store, { host: this.#host, port, serverId });
        return;
      }
      await delay(PROBE_PAUSE_MS);
    }
  }
}

// A server that listens everywhere is reached through loopback.
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
