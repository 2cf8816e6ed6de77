import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, collect } from '@jetlane/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadApp } from '../app/load-app.ts';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes } from '../failure.ts';
import { abortOnInterrupt } from '../interrupt.ts';
import { durationMs } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { fullScreen, hasFullScreen } from '../terminal/full-screen.ts';
import { type Laid, layout, onceLines } from '../top/layout.ts';
import { type Order, orderOf } from '../top/order.ts';
import { SORTS, type SortKey } from '../top/rows.ts';
import type { Standing } from '../top/standing.ts';
import { initialState, press, type TopState } from '../top/top-state.ts';
import { looker, type Watch, watch } from '../top/watch.ts';

interface Flags extends ConnectionFlags {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly interval: number;
  readonly sort: SortKey;
  readonly filter?: string;
}

const INTERVAL_MIN_MS = 200;

/** `jetlane top`: streams and consumers, live. */
export function addTop(program: Command, shell: Shell): void {
  const command = program
    .command('top')
    .summary('watch streams, consumers, lag, latencies and dead letters, live')
    .description(
      'Shows how streams and their consumers stand, with rates and latencies, live: all of the server, or with APP those that the app declares. How long messages took is told by the processes that run workers; of other consumers it is not known. Keys sort, filter, fold and pause; ? lists them. Where there is no terminal it prints once. Looks only.',
    )
    .argument('[APP]', 'module of the app; without it all streams are shown')
    .option(
      '--once',
      'print once, after two looks an interval apart, which is what rates need, and end',
    )
    .option('--interval <duration>', 'between two looks at the server', interval, 1000)
    .addOption(
      new Option('--sort <column>', 'what to sort by, the largest first')
        .choices(SORTS.map(({ key }) => key))
        .default('lag'),
    )
    .option('--filter <text>', 'only streams and consumers whose name holds this')
    .action(async (path: string | undefined, flags: Flags) => {
      shell.exitCode = await top(path, flags, shell);
    });
  addServerFlags(
    addJsonFlag(command, 'print a JSON document with each look; with --once a single one'),
  );
  addExamples(command, [
    ['jetlane top', 'all of the server'],
    ['jetlane top src/app.ts --sort oldest', 'of an app; what waits longest first'],
    ['jetlane top --sort p99', 'the slowest first'],
    ['jetlane top --once --json', 'for a script'],
    ['jetlane top --interval 10s --json >> lag.jsonl', 'a record'],
  ]);
}

async function top(path: string | undefined, flags: Flags, shell: Shell): Promise<number> {
  const declared = path === undefined ? undefined : collect([(await loadApp(path)).app]);
  const names = declared?.streams.map(({ name }) => name);
  return withConnection(shell, flags, async (connection) => {
    if (flags.once) return printOnce(connection, names, flags, shell);
    if (flags.json) return printDocuments(connection, names, flags, shell);
    const { io } = shell;
    if (hasFullScreen({ stdin: io.stdin, stdout: process.stdout }, io.env))
      return show(connection, names, flags, shell);
    io.err('no terminal that takes keys, so it is shown once; --json prints every look');
    return printOnce(connection, names, flags, shell);
  });
}

async function printOnce(
  connection: Connection,
  names: readonly string[] | undefined,
  flags: Flags,
  shell: Shell,
): Promise<number> {
  const { io } = shell;
  const { controller, interrupted } = abortOnInterrupt(shell.interrupt);
  const look = looker(connection, names);
  await look();
  await delay(flags.interval, undefined, { signal: controller.signal }).catch(() => {});
  if (interrupted()) return exitCodes.interrupted;
  const standing = await look();
  if (flags.json) io.json(documentOf(connection, standing));
  else {
    const view = { ...viewOf(connection, flags), standing, trouble: undefined };
    for (const line of onceLines({ ...view, state: stateOf(flags) }, io.columns, io.style))
      io.out(line);
  }
  return exitCodes.done;
}

/** One line a look, until it is interrupted. A server that is away is said on stderr, once. */
async function printDocuments(
  connection: Connection,
  names: readonly string[] | undefined,
  flags: Flags,
  shell: Shell,
): Promise<number> {
  const { io } = shell;
  const { controller, interrupted } = abortOnInterrupt(shell.interrupt);
  let printed: Standing | undefined;
  let said: string | undefined;
  const watching: Watch = watch(connection, {
    names,
    everyMs: flags.interval,
    onChange() {
      const { latest, trouble } = watching;
      if (trouble?.words !== said && trouble !== undefined) io.err(trouble.words);
      said = trouble?.words;
      if (latest === undefined || latest === printed) return;
      printed = latest;
      io.json(documentOf(connection, latest));
    },
  });
  await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
  watching.stop();
  return interrupted() ? exitCodes.interrupted : exitCodes.done;
}

async function show(
  connection: Connection,
  names: readonly string[] | undefined,
  flags: Flags,
  shell: Shell,
): Promise<number> {
  const { io } = shell;
  let state = stateOf(flags);
  let order: Order | undefined;
  let laid: Laid = { lines: [], rows: [], page: 1, sorts: [], helpEnd: 0 };
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const screen = fullScreen({
    stdin: io.stdin,
    stdout: process.stdout,
    onResize: () => draw(),
    onKey(key) {
      const next = press(state, key, laid);
      if (next === 'quit') return end(exitCodes.done);
      if (next === 'interrupt') return end(exitCodes.interrupted);
      if (next === 'suspend') return screen.suspend();
      if (next === 'redraw') return screen.forget();
      if (next.paused !== state.paused) watching.pause(next.paused);
      state = next;
      draw();
    },
  });
  const watching = watch(connection, { names, everyMs: flags.interval, onChange: () => draw() });
  function draw(): void {
    const { latest: standing, trouble } = watching;
    if (standing !== undefined) order = orderOf(order, standing, state);
    const view = { ...viewOf(connection, flags), state, standing, order, trouble };
    laid = layout(view, screen.size, io.style);
    screen.draw(laid.lines);
  }
  // How long the server is away counts on.
  const timer = setInterval(draw, 1000);
  void shell.interrupt
    .take(() => end(exitCodes.interrupted))
    .then((signal) => end(signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.done));
  try {
    draw();
    return await ended;
  } finally {
    clearInterval(timer);
    watching.stop();
    screen.close();
  }
}

function stateOf({ sort, filter = '' }: Flags): TopState {
  return { ...initialState, sort, filter };
}

function viewOf({ nc }: Connection, { interval: everyMs }: Flags) {
  const version = nc.info?.version;
  const words = version === undefined ? [] : [`nats-server ${version}`];
  return { server: [nc.getServer(), ...words], everyMs };
}

/** What is not known is null, so that every document has the same fields. */
function documentOf({ nc }: Connection, standing: Standing): unknown {
  const document = {
    time: new Date(standing.atMs).toISOString(),
    server: nc.getServer(),
    version: nc.info?.version,
    ...standing,
  };
  return JSON.parse(
    JSON.stringify(document, (_name, value) => (value === undefined ? null : value)),
  );
}

function interval(text: string): number {
  const ms = durationMs(text);
  if (ms >= INTERVAL_MIN_MS) return ms;
  throw new InvalidArgumentError(`expected ${INTERVAL_MIN_MS}ms at least.`);
}
