/** A server that rivals need: one that is named by the environment, or one started from what is installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchFailure } from '../../frame/failure.ts';

/** A server that answers. */
export interface Broker {
  /** What clients connect to. */
  readonly address: string;
  /** Its name and version, and whose it is. */
  readonly version: string;
  /** Processes that this run started. Empty for a server of others. */
  readonly pids: readonly number[];
  /** Ends it and removes its store; leaves a server of others alone. Never rejects. */
  stop(): Promise<void>;
}

/** A server that cannot be had, and how it could be. */
export interface Missing {
  readonly missing: string;
}

/** A process that runs until it is stopped. */
export interface Daemon {
  readonly pid: number;
  readonly output: () => string;
  readonly exited: () => boolean;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const READY_MS = 60_000;
const POLL_MS = 100;
/** Its store is removed anyway: there is little to close in order. */
const STOP_MS = 3_000;
const OUTPUT_MAX = 8_000;

/** Where a program stands on the PATH or in one of `folders`; undefined when nowhere. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const path = [...folders, ...(process.env.PATH ?? '').split(delimiter)];
  return path
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Ports of loopback that nothing listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, HOST);
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  for (const server of servers) server.close();
  return ports;
}

/** A folder of this run. */
export function temporaryFolder(what: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `jetlane-bench-${what}-`));
}

/** Removes it, with all that is in it. Never rejects. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
}

/** Starts a program that stays in the foreground. It is in no terminal’s process group: Ctrl-C is ours to handle. */
export function startDaemon(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Daemon {
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let exited = false;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      exited = true;
      resolve();
    });
    child.once('error', (error) => {
      exited = true;
      output += error.message;
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_MAX);
    });
  const kill = () => signalGroup(child.pid, 'SIGKILL');
  // The last resort, where this process ends without a chance to wait.
  process.once('exit', kill);
  return {
    pid: child.pid ?? -1,
    output: () => output.trim(),
    exited: () => exited,
    async stop() {
      process.removeListener('exit', kill);
      if (exited) return;
      child.kill('SIGTERM');
      await Promise.race([gone, delay(STOP_MS, undefined, { ref: false })]);
      kill();
      await gone;
    },
  };
}

/**
 * Resolves when something listens on the port.
 *
 * @throws BenchFailure when the program ended before, or after a minute, with its last words
 */
export async function listening(what: string, daemon: Daemon, port: number): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!(await accepts(port))) {
    if (daemon.exited() || Date.now() > deadline)
      throw new BenchFailure(`${what} did not start:\n${daemon.output()}`);
    await delay(POLL_MS);
  }
}

/** All processes of the group that a detached child leads. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them are gone.
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
