/** What a development server is: its options and its handle. */
import type { FetchProgress, ServerBinary } from './way.ts';

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
  /**
   * More configuration in nats-server's own format, for example accounts or JetStream limits. The other options
   * win over it, and it must not redirect the log. Default: none.
   */
  readonly config?: string;
  /** The server's name. Default: nats-server's own choice. */
  readonly name?: string;
  /** Also serve nats-server's monitoring pages, on a free port: see `monitorUrl`. Default false. */
  readonly monitor?: boolean;
  /** Receives, one line each, how a server is found, and what nats-server warns of. Default: silent. */
  readonly log?: (line: string) => void;
  /** Receives what is going on while a server is fetched, several times a second. Default: nobody. */
  readonly progress?: (step: FetchProgress) => void;
  /** Ends the search for a server, and what is fetched, when it aborts; a start that has a server goes on. Default: nobody does. */
  readonly signal?: AbortSignal;
  /** The server to run. Default: what `findServer()` finds. */
  readonly binary?: ServerBinary;
  /** How long a start may take, recovery of the store included. Default 30 000. */
  readonly timeoutMs?: number;
}

/** A nats-server that this process started. Calls of its methods run one after another. */
export interface Server extends AsyncDisposable {
  /** For clients, for example `nats://127.0.0.1:20123`. Stays the same across restarts. */
  readonly url: string;
  readonly port: number;
  /** Base of the monitoring pages; undefined when they were not asked for. */
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
  /** Ends it as a crash would (kill -9); the store stays. Again is fine. */
  kill(): Promise<void>;
  /**
   * Kills it if it runs, starts it on the same port and store, and resolves when it is ready.
   * @throws DevserverError as `startServer` does.
   */
  restart(): Promise<void>;
  /**
   * Freezes it (SIGSTOP): from then on nothing answers, and connections stay open. Not on Windows.
   * @throws DevserverError when it does not run.
   */
  pause(): Promise<void>;
  /**
   * Lets it go on after `pause()`.
   * @throws DevserverError when it does not run.
   */
  resume(): Promise<void>;
}

/** What a cluster adds to one server's start. */
export interface Launch {
  /** More command line. */
  readonly args: readonly string[];
  /** True: ready means listening, since JetStream answers only once the cluster has a leader. */
  readonly clustered: boolean;
}
