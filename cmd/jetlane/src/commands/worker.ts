import type { Command } from 'commander';
import { locateApp } from '../app/load-app.ts';
import { localFiles } from '../app/local-imports.ts';
import { watchFiles } from '../app/watch-files.ts';
import { resolveTarget, type ServerOptions } from '../connection/connect-options.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes } from '../failure.ts';
import type { EndSignal } from '../interrupt.ts';
import { durationMs, integer, names } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell } from '../shell.ts';
import { devServer } from '../worker/dev-server.ts';
import { serveHealth } from '../worker/health-server.ts';
import { superviseProcesses } from '../worker/supervise-processes.ts';
import { type Supervisor, startFailure } from '../worker/supervisor.ts';
import { jsonView, liveView, type WorkerView } from '../worker/worker-view.ts';

interface Flags extends ConnectionFlags {
  readonly only?: readonly string[];
  readonly processes: number;
  readonly concurrency?: number;
  readonly maxAckPending?: number;
  readonly watch?: boolean;
  readonly devServer?: boolean;
  readonly healthPort?: number;
  readonly healthHost: string;
  readonly statsEvery?: number;
  readonly drainTimeout?: number;
  readonly json?: boolean;
}

const PROCESSES_MAX = 256;
const LIVE_EVERY_MS = 1000;
const LINES_EVERY_MS = 10_000;

/** `jetlane worker`: an app's workers, supervised. */
export function addWorker(program: Command, shell: Shell): void {
  const command = program
    .command('worker')
    .summary("run an app's workers")
    .description(
      'Runs the workers of an app in supervised processes, and makes its streams first. SIGTERM or Ctrl-C drains: running handlers finish; a second one ends them at once. Shows live figures on a terminal and prints JSON lines elsewhere.',
    )
    .argument(
      '[APP]',
      'module of the app, TypeScript or JavaScript (default: app.ts or src/app.ts)',
    )
    .option('--only <names>', 'only these workers, separated by commas', names)
    .option('--processes <number>', 'how many processes run them', integer(1, PROCESSES_MAX), 1)
    .option('--concurrency <number>', 'handlers at once in each process', integer(1, 1_000_000))
    .option('--max-ack-pending <number>', 'messages not acked, over all processes', integer(1))
    .option('--watch', 'load the app again when one of its files changes')
    .option(
      '--dev-server',
      'start a nats-server for it when none answers, and end it with it; its streams go too',
    )
    .option(
      '--health-port <number>',
      'serve /healthz and /readyz on this port; 0 takes a free one',
      integer(0, 65_535),
    )
    .option('--health-host <address>', 'address of the health pages', '127.0.0.1')
    .option(
      '--stats-every <duration>',
      'how often figures are shown (default: 1s on a terminal, else 10s)',
      durationMs,
    )
    .option(
      '--drain-timeout <duration>',
      'how long running handlers may take to finish (default: 25s)',
      durationMs,
    )
    .action(async (path: string | undefined, flags: Flags) => {
      shell.exitCode = await runWorker(path, flags, shell);
    });
  addServerFlags(addJsonFlag(command, 'JSON lines; what the app prints goes to stderr'));
  addExamples(command, [
    ['jetlane worker src/app.ts', 'all its workers, in one process'],
    [
      'jetlane worker src/app.ts --only billing,mail --processes 4',
      'two of them, in four processes',
    ],
    ['jetlane worker src/app.ts --watch --dev-server', 'while developing'],
    ['jetlane worker dist/app.js --health-port 8080 --health-host 0.0.0.0', 'in a container'],
  ]);
}

async function runWorker(path: string | undefined, flags: Flags, shell: Shell): Promise<number> {
  const { io } = shell;
  const app = await locateApp(path, process.cwd());
  const { options: server } = await resolveTarget(flags, io.env);
  const own = flags.devServer ? await devServer(server) : undefined;
  try {
    return await runAt(app, server, flags, shell);
  } finally {
    await own?.stop();
  }
}

async function runAt(
  app: string,
  server: ServerOptions,
  flags: Flags,
  shell: Shell,
): Promise<number> {
  const { io } = shell;
  const live = io.tty && flags.json !== true;
  const view = live ? liveView(io) : jsonView(io);
  const supervisor = superviseProcesses({
    app,
    processes: flags.processes,
    ...choiceOf(flags),
    server,
    env: live && io.style.enabled ? { FORCE_COLOR: '1' } : {},
    ...(live || flags.json ? { output: (line, from) => view.line(line, from) } : {}),
    onEvent: (event) => view.event(event),
  });
  const signal = shell.interrupt.take(() => {
    supervisor.kill();
    view.end();
    process.exit(exitCodes.interrupted);
  });
  const health =
    flags.healthPort === undefined
      ? undefined
      : await serveHealth(supervisor, flags.healthPort, flags.healthHost);
  if (health !== undefined)
    view.note(`health: ${health.url}/readyz`, { event: 'health', url: health.url });
  try {
    return await runUntil(signal, { app, flags, live, supervisor, view });
  } finally {
    view.end();
    await health?.close();
  }
}

interface Run {
  readonly app: string;
  readonly flags: Flags;
  readonly live: boolean;
  readonly supervisor: Supervisor;
  readonly view: WorkerView;
}

async function runUntil(signal: Promise<EndSignal>, run: Run): Promise<number> {
  const { flags, supervisor, view } = run;
  const started = supervisor.start();
  const first = await Promise.race([
    signal,
    started.catch((error: unknown) => {
      throw startFailure(error);
    }),
  ]);
  const stopWatching = first === undefined && flags.watch ? await watch(run) : undefined;
  const everyMs = flags.statsEvery ?? (run.live ? LIVE_EVERY_MS : LINES_EVERY_MS);
  const timer = setInterval(() => view.stats(supervisor.takeStats()), everyMs);
  if (run.live) view.stats(supervisor.takeStats());
  const ended = first ?? (await signal);
  stopWatching?.();
  started.catch(() => {});
  await supervisor.stop(flags.drainTimeout);
  clearInterval(timer);
  view.stats(supervisor.takeStats());
  if (ended === 'SIGINT') return exitCodes.interrupted;
  return supervisor.failed.size > 0 ? exitCodes.failed : exitCodes.done;
}

async function watch({ app, supervisor, view }: Run): Promise<() => void> {
  const files = watchFiles(await localFiles(app), () => void reload());
  let again = false;
  let busy = false;
  // Changes during a reload lead to one more, however many there were.
  async function reload(): Promise<void> {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await supervisor.reload();
      files.follow(await localFiles(app));
    }
    busy = false;
  }
  view.note('watching the files of the app', { event: 'watching' });
  return () => files.stop();
}

function choiceOf({ only, concurrency, maxAckPending }: Flags) {
  return {
    ...(only === undefined ? {} : { only }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxAckPending === undefined ? {} : { maxAckPending }),
  };
}
