import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, type Server, startCluster, startServer } from '@jetlane/devserver';
import type { Command } from 'commander';
import { exitCodes, Failure, messageOf, usageFailure } from '../failure.ts';
import type { Io } from '../io.ts';
import { integer } from '../options.ts';
import { addExamples, type Shell } from '../shell.ts';
import { fetchView } from '../terminal/fetch-view.ts';

interface Flags {
  readonly port?: number;
  readonly host: string;
  readonly store?: string;
  readonly cluster?: number;
}

const DEFAULT_PORT = 4222;
const WATCH_MS = 250;

/** `jetlane server`: a nats-server in the foreground. */
export function addServer(program: Command, shell: Shell): void {
  const command = program
    .command('server')
    .summary('run a nats-server with JetStream, for development')
    .description(
      'Finds a nats-server (or fetches one the first time), starts it with JetStream and keeps it in the foreground until Ctrl-C.',
    )
    .option(
      '-p, --port <number>',
      'client port; 0 takes a free one (default: 4222)',
      integer(0, 65_535),
    )
    .option(
      '--host <address>',
      'address to listen on; this machine only unless you say otherwise',
      '127.0.0.1',
    )
    .option(
      '--store <dir>',
      'directory of the streams, kept (default: a temporary one, removed at the end)',
    )
    .option('--cluster <size>', 'that many servers as one cluster, on free ports', integer(2, 9))
    .action(async (flags: Flags) => {
      shell.exitCode = await serve(flags, shell);
    });
  addExamples(command, [
    ['jetlane server', 'on port 4222, in a temporary directory'],
    ['jetlane server --port 0 --store ./data', 'on a free port, kept in ./data'],
    ['jetlane server --cluster 3', 'three servers, for replicated streams'],
  ]);
}

async function serve(flags: Flags, shell: Shell): Promise<number> {
  const { io } = shell;
  let signalled = false;
  const signal = shell.interrupt.take(() => process.exit(exitCodes.interrupted));
  void signal.then(() => {
    signalled = true;
  });
  const started = flags.cluster === undefined ? startOne(flags) : startSeveral(flags, io);
  const first = await Promise.race([started, signal]);
  // A start that was interrupted is ended with this process.
  if (typeof first === 'string') return exitCode(first);
  say(first.servers, flags, io);
  const ended = await Promise.race([signal, untilDown(first.servers)]);
  if (typeof ended === 'string') {
    io.err('stopping');
    await first.stop();
    return exitCode(ended);
  }
  if (signalled) return exitCode(await signal);
  await first.stop();
  throw new Failure(
    `the nats-server at ${ended.url} ended by itself; its log above says why, and its store is ${ended.store}`,
  );
}

type Running = Pick<Cluster, 'servers' | 'stop'>;

async function startOne(flags: Flags): Promise<Running> {
  const { port = DEFAULT_PORT, host } = flags;
  const view = fetchView(process.stderr);
  const server = await startServer({
    port,
    host,
    ...(flags.store === undefined ? {} : { store: flags.store }),
    log: (line) => view.log(line),
    progress: (step) => view.progress(step),
  })
    .catch((cause: unknown) => {
      throw portProblem(cause, port, host);
    })
    .finally(() => view.end());
  return { servers: [server], stop: () => server.stop() };
}

function portProblem(cause: unknown, port: number, host: string): unknown {
  if (!/is in use/.test(messageOf(cause))) return cause;
  const words = `port ${port} on ${host} is in use: stop what listens there, or give another one with --port (0 takes a free one)`;
  return new Failure(words, exitCodes.failed, { cause });
}

function startSeveral(flags: Flags, io: Io): Promise<Running> {
  if (flags.port !== undefined && flags.port !== 0)
    throw usageFailure(
      '--port and --cluster exclude each other: the servers of a cluster take free ports',
    );
  return startCluster({
    size: flags.cluster as number,
    host: flags.host,
    ...(flags.store === undefined ? {} : { store: flags.store }),
    log: (line) => io.err(line),
  });
}

function say(servers: readonly Server[], { store }: Flags, io: Io): void {
  const { style } = io;
  const { version, path, via } = (servers[0] as Server).binary;
  const rows = [
    ['listening', servers.map(({ url }) => style.bold(url)).join(',')],
    ['server', `nats-server ${version}, ${path} (${via})`],
    ['store', store ?? `${(servers[0] as Server).store} (temporary)`],
    ['stop', 'Ctrl-C'],
  ];
  for (const [name, value] of rows) io.out(`${style.dim((name as string).padEnd(10))}${value}`);
}

async function untilDown(servers: readonly Server[]): Promise<Server> {
  for (;;) {
    const down = servers.find(({ running }) => !running);
    if (down !== undefined) return down;
    await delay(WATCH_MS);
  }
}

function exitCode(signal: string): number {
  return signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.done;
}
