/**
 * Where one benchmark takes place: the server, the streams, the processes. All that was made for it ends with it, whether it comes
 * to its end, fails or is interrupted.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type AnyStream, apply, type Connection, collect, open, plan } from '@jetlane/core';
import { startCluster, startServer } from '@jetlane/devserver';
import { graveOf } from '../measure/position.ts';
import { type Child, type ChildOptions, startChild } from './child.ts';
import { cpuTimeUs } from './cpu-time.ts';
import { commandLine, type Environment, environment } from './environment.ts';
import { BenchFailure, messageOf } from './failure.ts';
import { type MachineWatch, watchMachine } from './machine-watch.ts';
import { type Progress, progress } from './progress.ts';
import type { ServerOptions, Surroundings } from './surroundings.ts';

/** See the head of this file. */
export interface Stage {
  /** Aborted by Ctrl-C and SIGTERM: come to an end, and tell what there is so far. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Plain data: can be sent to a child. */
  readonly servers: ServerOptions;
  /** A connection of the benchmark's own, not one that is measured. */
  readonly connection: Connection;
  readonly environment: Environment;
  /** Of this run: part of every name that it makes. */
  readonly id: string;
  /** A line for people, on stderr. */
  say(line: string): void;
  /** A name that no other run has: `BENCH_<what>_<id>`. */
  nameFor(what: string): string;
  /**
   * Creates a stream; it is removed when the run ends, and with it what its workers bury (`graveOf`).
   *
   * @throws BenchFailure when the server has one of that name, or of those subjects
   */
  createStream(declared: AnyStream): Promise<void>;
  /** Starts a process, asked to stop its round when the run is interrupted, and ended when it ends. */
  child<Round, Result>(
    module: URL,
    setup: unknown,
    options?: ChildOptions,
  ): Promise<Child<Round, Result>>;
  /** CPU time of the benchmark's own servers so far, in microseconds; undefined for servers of others. */
  serverCpuUs(): number | undefined;
  /** Why figures may be worth less than they look, as far as the machine tells. */
  warnings(): string[];
  /** Does some work on servers of their own, as many as `replicas` need; all that was made for it ends with it. */
  branch<T>(replicas: number, work: (stage: Stage) => Promise<T>): Promise<T>;
  /** Undone when the run ends, last first. */
  defer(undo: () => Promise<void>): void;
}

/** What a stage is made for. */
export interface StageOptions {
  /** Flags of the command, the shared connection flags among them. */
  readonly flags: object;
  /** Copies that streams need: its own server becomes a cluster of at least three. Default 1. */
  readonly replicas?: number;
  /** Payload bytes that must fit. */
  readonly payloadBytes?: number;
  /** Whether to show progress on a terminal. */
  readonly progress: boolean;
  /** Never a server of others. Default false. */
  readonly ownServer?: boolean;
}

const INTERRUPTED = 130;

/**
 * Opens a stage, runs `work` on it, and clears everything away. Sets the exit code to 130 when it was interrupted.
 *
 * @throws BenchFailure and what `work` throws
 */
export async function onStage(
  surroundings: Surroundings,
  options: StageOptions,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const { io } = surroundings;
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const undos: (() => Promise<void>)[] = [];
  void surroundings.interrupt
    .take(() => {
      io.err('ended at once: a server of others may keep streams named BENCH_…');
      process.exit(INTERRUPTED);
    })
    .then(() => {
      stop.abort();
      io.err('interrupted: clearing away');
    });
  const lines = progress(options.progress);
  try {
    const stage = await openStage(surroundings, options, { signal: stop.signal, undos, lines });
    if (!stop.signal.aborted) await work(stage);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    io.err(messageOf(error));
  } finally {
    lines.clear();
    await undoAll(undos, (error) => io.err(`while clearing away: ${messageOf(error)}`));
    if (stop.signal.aborted) surroundings.exitCode = INTERRUPTED;
  }
}

interface Making {
  readonly signal: AbortSignal;
  readonly undos: (() => Promise<void>)[];
  readonly lines: Progress;
}

async function openStage(
  surroundings: Surroundings,
  options: StageOptions,
  { signal, undos, lines }: Making,
): Promise<Stage> {
  const watch: MachineWatch = watchMachine();
  const id = randomBytes(4).toString('hex');
  const say = (line: string) => {
    lines.clear();
    surroundings.io.err(line);
  };
  const defer = (undo: () => Promise<void>) => void undos.push(undo);
  const { servers, pids } = await findServers(surroundings, options, { say, defer });
  const connection = await open({ ...servers, name: 'jetlane bench' });
  defer(() => connection.nc.close());
  assertFits(options, connection);
  return {
    signal,
    progress: lines,
    servers,
    connection,
    environment: environment(connection.nc.info?.version ?? '', commandLine()),
    id,
    say,
    nameFor: (what) => `BENCH_${what}_${id.toUpperCase()}`,
    async createStream(declared) {
      await createStream(connection, declared, defer);
    },
    async child<Round, Result>(module: URL, setup: unknown, more: ChildOptions = {}) {
      const child = await startChild<Round, Result>(module, setup, { say, ...more });
      defer(() => child.end());
      signal.addEventListener('abort', () => child.stop());
      return {
        ...child,
        round(round: Round, onProgress?: (count: number) => void) {
          const played = child.round(round, onProgress);
          // Interrupted before it began: it is over as soon as it has.
          if (signal.aborted) child.stop();
          return played;
        },
      };
    },
    serverCpuUs: () => cpuTimeUs(pids),
    warnings: () => watch.end(),
    async branch(replicas, work) {
      const own: (() => Promise<void>)[] = [];
      const more = { ...options, replicas, ownServer: true };
      try {
        return await work(await openStage(surroundings, more, { signal, undos: own, lines }));
      } finally {
        await undoAll(own, (error) => say(`while clearing away: ${messageOf(error)}`));
      }
    },
    defer,
  };
}

async function findServers(
  { resolveServers }: Surroundings,
  { flags, replicas = 1, ownServer = false }: StageOptions,
  { say, defer }: Pick<Stage, 'say' | 'defer'>,
): Promise<{ readonly servers: ServerOptions; readonly pids: readonly number[] }> {
  const named = ownServer ? undefined : await resolveServers(flags);
  if (named !== undefined) return { servers: named, pids: [] };
  if (replicas === 1) {
    const server = await startServer();
    defer(() => server.stop());
    say(`nats-server ${server.binary.version} of its own at ${server.url}`);
    return { servers: { servers: [server.url] }, pids: [server.pid] };
  }
  const cluster = await startCluster({ size: Math.max(3, replicas) });
  defer(() => cluster.stop());
  say(`nats-server of its own, ${cluster.servers.length} as one cluster on this machine`);
  return {
    servers: { servers: [...cluster.urls] },
    pids: cluster.servers.map(({ pid }) => pid),
  };
}

function assertFits({ payloadBytes = 0 }: StageOptions, { maxPayload }: Connection): void {
  if (payloadBytes + HEADERS_BYTES <= maxPayload) return;
  throw new BenchFailure(
    `--size ${payloadBytes} does not fit: this server takes ${maxPayload} bytes a message (its max_payload), headers included; leave ${HEADERS_BYTES} for those`,
  );
}

/** More than the headers of any message of a benchmark. */
const HEADERS_BYTES = 512;
const STREAM_NOT_FOUND = 10_059;

async function createStream(
  connection: Connection,
  declared: AnyStream,
  defer: Stage['defer'],
): Promise<void> {
  const { jsm } = connection;
  const absent = (error: { readonly code?: number }) => {
    if (error.code === STREAM_NOT_FOUND) return false;
    throw error;
  };
  for (const name of [declared.name, graveOf(declared.name)]) {
    const exists = await jsm.streams.info(name).then(() => true, absent);
    if (exists)
      throw new BenchFailure(
        `the server has a stream ${name} already: a benchmark creates and removes its own; leave out --stream, or give a name that is free`,
      );
    // Before it is made: an answer may be lost on the way.
    defer(async () => void (await jsm.streams.delete(name).catch(absent)));
  }
  await apply(connection, await plan(connection, collect([declared])));
}

async function undoAll(
  undos: (() => Promise<void>)[],
  onError: (error: unknown) => void,
): Promise<void> {
  for (let undo = undos.pop(); undo; undo = undos.pop()) {
    try {
      await undo();
    } catch (error) {
      onError(error);
    }
  }
}
