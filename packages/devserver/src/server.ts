/** Starts one nats-server with JetStream, for development and tests. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DevserverError } from './error.ts';
import { findServer } from './find.ts';
import { bindError, freePort } from './port.ts';
import { probe } from './probe.ts';
import { type ServerProcess, spawnServer } from './server-process.ts';
import { checkStore, makeTemporary, remove } from './store.ts';
import type { ServerBinary } from './way.ts';

/** What `startServer` accepts; everything has a default. */
export interface ServerOptions {
  /** Client port. Default 0: a free one, kept across restarts. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`: this machine only. */
  readonly host?: string;
  /** Directory of the streams, kept. Default: a temporary one, removed by `stop()` and when this process ends. */
  readonly store?: string;
  /** Default true. */
  readonly jetstream?: boolean;
  /** More configuration in nats-server's own format, for example accounts or JetStream limits. The other options win over it. It must not redirect the log. */
  readonly config?: string;
  /** The server's name. Default: nats-server's own choice. */
  readonly name?: string;
  /** Also serve nats-server's monitoring pages on a free port: `monitorUrl`. Default false. */
  readonly monitor?: boolean;
  /** Receives, one line each, how a server is found, and what nats-server warns of. Default: silent. */
  readonly log?: (line: string) => void;
  /** The server to run. Default: `findServer()`. */
  readonly binary?: ServerBinary;
  /** How long a start may take, recovery of the store included. Default 30 000. */
  readonly timeoutMs?: number;
}

/** A nats-server that this process started. Calls of its methods run one after another. */
export interface Server extends AsyncDisposable {
  /** For clients, for example `nats://127.0.0.1:20123`. Stays the same across restarts. */
  readonly url: string;
  readonly port: number;
  /** Base of the monitoring pages, when asked for. */
  readonly monitorUrl: string | undefined;
  /** Directory of the streams. */
  readonly store: string;
  /** Of the nats-server itself; another one after a restart. */
  readonly pid: number;
  readonly binary: ServerBinary;
  /** False from the moment the process is gone, also when it ended by itself. */
  readonly running: boolean;
  /** Ends it in order (SIGTERM; SIGKILL after 5 s) and removes a temporary store. Again is fine. */
  stop(): Promise<void>;
  /** Ends it as a crash would (kill -9); the store stays. */
  kill(): Promise<void>;
  /** Kills it if it runs and starts it on the same port and store; resolves when it is ready. */
  restart(): Promise<void>;
  /** Freezes it (SIGSTOP): connections stay open and nothing answers. Not on Windows. */
  pause(): Promise<void>;
  /** Lets it go on after `pause()`. */
  resume(): Promise<void>;
}

/** More command line, settled once the ports are known. Used by clusters. */
export interface Launch {
  readonly args?: readonly string[];
  /** Ready means listening only: JetStream answers once the cluster has a leader. */
  readonly clustered?: boolean;
}

const STOP_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_PAUSE_MS = 20;
const PORT_TRIES_MAX = 10;
const RESTART_TRIES_MAX = 50;
const RESTART_PAUSE_MS = 100;
const IN_USE = /address already in use|only one usage of each socket/i;

/**
 * Starts a nats-server and resolves when clients can use it: it greets on its port and JetStream answers.
 *
 * It ends with this process, however this process ends. It listens on this machine only unless `host` says
 * otherwise. Without `binary`, a server is looked for, and fetched the first time (see `findServer`).
 *
 * @throws DevserverError when no server is to be had, the port is in use, the store is not writable, the
 * configuration is wrong or the start takes longer than `timeoutMs`.
 * @example
 * await using server = await startServer();
 * const connection = await connect({ servers: server.url });
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  return launchServer(options, {});
}

/** As `startServer`, with more on the command line. */
export async function launchServer(options: ServerOptions, launch: Launch): Promise<Server> {
  checkOptions(options);
  const { host = '127.0.0.1', log = () => {} } = options;
  if (options.store !== undefined) await checkStore(resolve(options.store));
  if (options.port) await checkPort(host, options.port);
  const binary = options.binary ?? (await findServer({ log }));
  const files = await makeTemporary();
  try {
    for (let tries = 1; ; tries++) {
      const port = options.port || (await freePort(host));
      const monitorPort = options.monitor ? await freePort(host) : undefined;
      const server = new NatsServer({
        options,
        launch,
        binary,
        files,
        port,
        monitorPort,
      });
      try {
        await server.restart();
        return server;
      } catch (cause) {
        const clash = cause instanceof Error && IN_USE.test(cause.message);
        if (!clash || options.port || tries >= PORT_TRIES_MAX) throw cause;
      }
    }
  } catch (cause) {
    await remove(files);
    throw cause;
  }
}

interface Settled {
  readonly options: ServerOptions;
  readonly launch: Launch;
  readonly binary: ServerBinary;
  /** Temporary directory with the configuration and, unless one is given, the store. */
  readonly files: string;
  readonly port: number;
  readonly monitorPort: number | undefined;
}

class NatsServer implements Server {
  readonly url: string;
  readonly monitorUrl: string | undefined;
  readonly store: string;
  readonly #settled: Settled;
  readonly #host: string;
  #process: ServerProcess | undefined;
  #started = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(settled: Settled) {
    this.#settled = settled;
    const { options, files, port, monitorPort } = settled;
    // A server that listens everywhere is reached through loopback.
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
      // The first start must not wait for a port that is taken; a later one waits for the old connections.
      const tries = this.#started ? RESTART_TRIES_MAX : 1;
      for (let left = tries; ; left--) {
        try {
          await this.#start();
          this.#started = true;
          return;
        } catch (cause) {
          await this.#end('SIGKILL');
          const clash = cause instanceof Error && IN_USE.test(cause.message);
          if (!clash || left <= 1) throw cause;
          await delay(RESTART_PAUSE_MS);
        }
      }
    });
  }

  pause(): Promise<void> {
    return this.#next(async () => this.#signal('SIGSTOP'));
  }

  resume(): Promise<void> {
    return this.#next(async () => this.#signal('SIGCONT'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#process?.signal(name)) return;
    throw new DevserverError(
      `${name} was not sent: the server ${this.url} does not run; restart it first`,
    );
  }

  async #end(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#process;
    if (running === undefined || !running.running) return;
    running.signal(name);
    if (name === 'SIGTERM') {
      running.signal('SIGCONT'); // it may be paused
      const timer = setTimeout(() => running.signal('SIGKILL'), STOP_TIMEOUT_MS);
      await running.exited;
      clearTimeout(timer);
    }
    await running.exited;
  }

  async #start(): Promise<void> {
    const { options, binary, files } = this.#settled;
    const timeoutMs = options.timeoutMs ?? 30_000;
    const until = Date.now() + timeoutMs;
    await checkStore(this.store);
    const started = spawnServer(binary.path, await this.#args(), {
      removes: files,
      log: options.log ?? (() => {}),
    });
    this.#process = started;
    const late = new Error(`not ready within ${timeoutMs} ms`);
    const timer = new AbortController();
    try {
      const limit = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
        throw late;
      });
      limit.catch(() => {});
      await Promise.race([started.listening, limit]);
      await this.#answering(started, until, late);
    } catch (cause) {
      throw startFailure(cause as Error, this.#settled);
    } finally {
      timer.abort();
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
    return [...args, ...(launch.args ?? [])];
  }

  async #answering(started: ServerProcess, until: number, late: Error): Promise<void> {
    const { options, launch, port } = this.#settled;
    for (;;) {
      const answer = await probe(this.#host, port, PROBE_TIMEOUT_MS).catch(() => undefined);
      if (answer !== undefined) {
        if (options.jetstream === false || launch.clustered) return;
        if (answer.jetstream === 'answered') return;
        // Accounts of the user's own: JetStream is on, and whether this client may use it is theirs to say.
        if (options.config !== undefined && answer.info.jetstream) return;
      }
      if (!started.running)
        return started.listening.then(() =>
          started.exited.then(() => {
            throw new Error(started.lines.at(-1));
          }),
        );
      if (Date.now() > until) throw late;
      await delay(PROBE_PAUSE_MS);
    }
  }
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function checkOptions({ port = 0, config = '', timeoutMs = 1 }: ServerOptions): void {
  const problems: string[] = [];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push(`port is ${port}, expected an integer from 0 (a free one) to 65535`);
  }
  if (!(timeoutMs > 0)) problems.push(`timeoutMs is ${timeoutMs}, expected a positive number`);
  if (/^\s*(log_file|logfile|syslog|remote_syslog)\b/im.test(config)) {
    problems.push('config redirects the log, which tells when the server is ready: leave it out');
  }
  if (problems.length > 0) throw new DevserverError(`startServer: ${problems.join('; ')}`);
}

async function checkPort(host: string, port: number): Promise<void> {
  const cause = await bindError(host, port);
  if (cause === undefined) return;
  throw new DevserverError(portMessage(host, port, cause.code ?? cause.message), { cause });
}

function portMessage(host: string, port: number, reason: string): string {
  return reason === 'EADDRINUSE'
    ? `port ${port} on ${host} is in use: stop what listens there, choose another port, or leave the port out for a free one`
    : `port ${port} on ${host} cannot be opened (${reason}): choose another port or host`;
}

function startFailure(cause: Error, { options, binary, port }: Settled): DevserverError {
  const host = options.host ?? '127.0.0.1';
  const where = `nats-server ${binary.version} (${binary.path}) on ${host}:${port}`;
  return new DevserverError(`${where} did not start: ${cause.message}`, {
    cause,
  });
}
