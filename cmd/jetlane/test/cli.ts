/** The command line as a child process, on a server of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';

/** What a command left behind. */
export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly out: string;
  readonly err: string;
  readonly done: Promise<Result>;
  /** Its stdout as JSON lines, those that are whole. */
  events(): Record<string, unknown>[];
  /** Resolves once `condition` holds; fails with all output after 20 s. */
  until(condition: () => unknown, what: string): Promise<void>;
}

/** Where to run. */
export interface Where {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** The program; default: that of this workspace. */
  readonly program?: string;
}

export const APP = fileURLToPath(new URL('fixtures/app.ts', import.meta.url));
export const BIN = fileURLToPath(new URL('../bin/jetlane.js', import.meta.url));
const DEADLINE_MS = 20_000;
const LIMIT_MS = 240_000;

/** Starts a command; it is killed when the test ends. */
export function start(args: readonly string[], where: Where = {}): Running {
  const running = launch(args, where);
  onTestFinished(async () => {
    running.child.kill('SIGKILL');
    await running.done;
  });
  return running;
}

/** Runs a command to its end; it is killed after four minutes. */
export async function jetlane(args: readonly string[], where: Where = {}): Promise<Result> {
  const { child, done } = launch(args, where);
  const late = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const result = await done;
  clearTimeout(late);
  return result;
}

function launch(args: readonly string[], where: Where): Running {
  const { env = {}, cwd, input, program = BIN } = where;
  const child = spawn(process.execPath, [program, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { PATH: process.env.PATH, HOME: emptyHome, NO_COLOR: '1', ...servers(), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const done = new Promise<Result>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, out, err })),
  );
  return {
    child,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    done,
    events: () => jsonLines(out),
    until: (condition, what) => until(condition, () => `${what}\nstdout:\n${out}\nstderr:\n${err}`),
  };
}

/** Resolves once `condition` holds. */
export async function until(condition: () => unknown, what: () => string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A directory that goes with the test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'jetlane-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The lines of a text that are whole JSON documents. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** No contexts of whoever runs the tests. */
const emptyHome = mkdtempSync(join(tmpdir(), 'jetlane-home-'));
afterAll(() => rmSync(emptyHome, { recursive: true, force: true }));

/** nats-server is looked for where this process would look. */
function servers(): Record<string, string> {
  const names = ['NATS_SERVER_BIN', 'XDG_CACHE_HOME'] as const;
  const given = names.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  const home = process.env.HOME ?? '';
  return { XDG_CACHE_HOME: join(home, '.cache'), ...Object.fromEntries(given) };
}
