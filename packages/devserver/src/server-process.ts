/** One nats-server process: spawned as a direct child, guarded by the watchdog, its log kept in a small window. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { guard, unguard } from './watchdog.ts';

const LINES_MAX = 40;
const READY = /\bServer is ready$/;

/** A running (or ended) nats-server. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when the server has said that it listens; rejects with its last words when it ends before. */
  readonly listening: Promise<void>;
  /** Resolves when the process is gone. Never rejects. */
  readonly exited: Promise<void>;
  readonly running: boolean;
  /** Its last log lines, newest last. */
  readonly lines: readonly string[];
  /** Sends a signal to the nats-server itself; false when it is gone. */
  signal(name: NodeJS.Signals): boolean;
}

/**
 * Starts `path` with `args`. When this process ends, so does the server, and `removes` is deleted.
 * Lines that nats-server marks as warning, error or fatal go to `log`.
 */
export function spawnServer(
  path: string,
  args: readonly string[],
  options: { removes?: string | undefined; log: (line: string) => void },
): ServerProcess {
  // Detached: Ctrl-C in a terminal goes to this process, which stops in order, and not to the server.
  const child = spawn(path, [...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  const pid = child.pid;
  if (pid !== undefined) guard(pid, options.removes);

  const lines: string[] = [];
  let running = pid !== undefined;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      if (running && pid !== undefined) unguard(pid);
      running = false;
      resolve();
    };
    child.once('exit', end);
    child.once('error', (cause) => {
      lines.push(`cannot run ${path}: ${cause.message}`);
      end();
    });
  });
  const listening = new Promise<void>((resolve, reject) => {
    const reader = createInterface({ input: child.stderr });
    reader.on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_MAX) lines.shift();
      if (READY.test(line)) resolve();
      if (/\[(WRN|ERR|FTL)\]/.test(line)) options.log(`nats-server: ${line}`);
    });
    // Both: the last words may arrive after the exit.
    const closed = new Promise<void>((done) => reader.once('close', done));
    void Promise.all([exited, closed]).then(() => reject(new Error(lastWords(lines))));
  });
  listening.catch(() => {});

  return {
    pid: pid ?? -1,
    listening,
    exited,
    lines,
    get running() {
      return running;
    },
    signal: (name) => running && child.kill(name),
  };
}

/** The lines that say why a server gave up, without nats-server's time stamps. */
export function lastWords(lines: readonly string[]): string {
  const said = lines.filter((line) => /\[(ERR|FTL)\]/.test(line));
  const chosen = said.length > 0 ? said : lines.slice(-3);
  const words = chosen.map((line) => line.replace(/^\[\d+\] \S+ \S+ \[\w+\] /, '').trim());
  return words.join('; ') || 'it ended without a word';
}
