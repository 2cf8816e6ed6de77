/** The command line of the demo. Everything wrong is said in one sentence, before anything starts. */
import type { Actions } from '@jetlane/studio';
import { Command, InvalidArgumentError, Option, type OptionValues } from 'commander';
import { type PlannedStep, toPlan } from '../troubles/plan.ts';
import { toDurationMs } from './duration.ts';

/** What a run was asked for. */
export interface RunOptions {
  /** Phones that report. */
  readonly drivers: number;
  /** Between two reports of one phone. */
  readonly intervalMs: number;
  /** How long to run; undefined: until Ctrl-C. */
  readonly forMs: number | undefined;
  readonly seed: number;
  /** Processes of each service. */
  readonly processes: number;
  /** Of the services: after so long what a dead process held goes to another. */
  readonly ackWaitMs: number;
  /** Of the page; 0: a free one. */
  readonly port: number;
  readonly host: string;
  /** More names that the page is reached by. */
  readonly names: readonly string[];
  /** Directory for the streams of the server that the demo starts; undefined: a temporary one. */
  readonly store: string | undefined;
  readonly headless: boolean;
  readonly json: boolean;
  /** WebSockets that watch the map, from processes of their own. */
  readonly viewers: number;
  /** Measures core NATS at the same rate before and after. */
  readonly floor: boolean;
  /** Raises the drivers, one run after another, until it breaks. */
  readonly ramp: boolean;
  /** Of the slowest service: a ramp ends above it. */
  readonly p99MaxMs: number;
  /** Who may break things from the page. */
  readonly actions: Actions;
  /** What is broken by itself, and when. */
  readonly troubles: readonly PlannedStep[];
  /** A server that runs already. */
  readonly server: string | undefined;
}

const EXAMPLES = `
Examples:
  npm start                                        a city of 1,000 drivers, until Ctrl-C
  npm start -- --drivers 10000                     2,500 reports a second to each of four services
  npm start -- --headless --for 20s --drivers 2000 --seed 7 --json
  npm start -- --headless --ramp --for 10s         how much this machine holds
  npm start -- --headless --for 30s --drivers 10000 --viewers 2000
  npm start -- --headless --for 40s --trouble kill:fraud@5s,restart@20s
  npm start -- --server nats://127.0.0.1:4222      on a server that runs already

Exit status: 0 nothing was lost, 1 something was or it could not run, 2 wrong usage, 130 stopped before it began.`;

/**
 * Reads the arguments after the program's name. Commander ends the process with 0 for `--help`; for
 * wrong usage it throws its CommanderError, after writing one sentence to stderr.
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): RunOptions {
  const command = declare();
  command.parse([...args], { from: 'user' });
  const given = command.opts();
  const server: string | undefined = given['server'] ?? (env['NATS_URL'] || undefined);
  const options = toOptions(given, server);
  const problem = problemOf(options, given['server'] !== undefined);
  return problem === undefined ? options : command.error(problem);
}

function declare(): Command {
  return new Command('location')
    .description('A city of moving drivers on one JetStream stream: four services, one live map.')
    .addOption(number('--drivers <n>', 'phones that report', { least: 1, most: 200_000 }, 1000))
    .addOption(
      new Option('--interval <duration>', 'between two reports of one phone')
        .argParser(durationMs)
        .default(4000, '4s'),
    )
    .option(
      '--for <duration>',
      'end after this long, for example 20s (default: on Ctrl-C)',
      durationMs,
    )
    .addOption(
      number('--seed <n>', 'which city, drivers and cheaters', { least: 0, most: 2 ** 31 }, 7),
    )
    .addOption(number('--processes <n>', 'processes of each service', { least: 1, most: 32 }, 1))
    .addOption(
      new Option(
        '--ack-wait <duration>',
        'what a process held and says nothing of comes again after this long',
      )
        .argParser(ackWaitMs)
        .default(10_000, '10s'),
    )
    .addOption(
      number('--port <n>', 'of the page; 0 takes a free one', { least: 0, most: 65_535 }, 4600),
    )
    .option('--host <address>', 'where the page listens', '127.0.0.1')
    .addOption(
      new Option(
        '--allow-host <names>',
        'more names that the page is reached by, such as that of a proxy, separated by commas',
      )
        .argParser(names)
        .default([], 'none'),
    )
    .option('--store <dir>', 'keep the streams here (default: a temporary directory)')
    .option('--headless', 'no page')
    .option('--json', 'print nothing but one JSON object at the end')
    .addOption(
      number('--viewers <n>', 'WebSockets that watch the map', { least: 0, most: 20_000 }, 0),
    )
    .option('--floor', 'measure core NATS at the same rate, before and after')
    .option('--ramp', 'raise the drivers, run by run, until it breaks; prints a table')
    .addOption(
      new Option('--p99-max <duration>', 'where a ramp breaks, in the slowest service')
        .argParser(durationMs)
        .default(250, '250ms'),
    )
    .option('--allow-actions', 'pages on other machines may break things, too')
    .option('--no-actions', 'no page may break things')
    .addOption(
      new Option('--trouble <list>', 'break things by plan: kill:fraud@5s,slow:eta@10s+8s')
        .argParser(plan)
        .default([], 'none'),
    )
    .option('--server <url>', 'use this nats-server (default: NATS_URL, else start one)')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .showHelpAfterError("see 'npm start -- --help'")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) });
}

function toOptions(given: OptionValues, server: string | undefined): RunOptions {
  return {
    drivers: given['drivers'],
    intervalMs: given['interval'],
    forMs: given['for'],
    seed: given['seed'],
    processes: given['processes'],
    ackWaitMs: given['ackWait'],
    port: given['port'],
    host: given['host'],
    names: given['allowHost'],
    store: given['store'],
    headless: given['headless'] === true,
    json: given['json'] === true,
    viewers: given['viewers'],
    floor: given['floor'] === true,
    ramp: given['ramp'] === true,
    p99MaxMs: given['p99Max'],
    actions: actionRule(given['actions'], given['allowActions'] === true),
    troubles: given['trouble'],
    server,
  };
}

/** What cannot go together, in one sentence. `named`: the server was given as a flag. */
function problemOf(options: RunOptions, named: boolean): string | undefined {
  const { server, store, ramp, headless, troubles } = options;
  if (server !== undefined && !/^(nats|tls|ws|wss):\/\/\S+$/.test(server))
    return `--server must be an address like nats://127.0.0.1:4222, not "${server}"`;
  if (named && store !== undefined)
    return '--store is for the server that the demo starts, so it cannot go with --server';
  if (ramp && !headless) return '--ramp starts many runs, so it goes with --headless only';
  if (ramp && troubles.length > 0)
    return '--ramp measures what holds undisturbed, so it cannot go with --trouble';
  if (server !== undefined && troubles.some(isRestart))
    return `the demo restarts only a nats-server that it started itself, and this one is at ${server}`;
  return undefined;
}

function actionRule(actions: boolean, allowed: boolean): Actions {
  if (!actions) return 'off';
  return allowed ? 'allow' : 'loopback';
}

function number(
  flags: string,
  description: string,
  limits: { least: number; most: number },
  standard: number,
): Option {
  const { least, most } = limits;
  return new Option(flags, description).default(standard).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  });
}

/** Host names or addresses, without scheme and port, separated by commas; may be given several times. */
function names(text: string, before: readonly string[]): readonly string[] {
  const found = text.split(',').map((each) => each.trim());
  if (found.every((name) => /^[\w.-]+$|^[\da-f:.]+$/i.test(name))) return [...before, ...found];
  throw new InvalidArgumentError(
    'It must be a host name such as city.example, without scheme and port, or several separated by commas.',
  );
}

function durationMs(text: string): number {
  const ms = toDurationMs(text) ?? Number.NaN;
  if (ms >= 100 && ms <= 7 * 86_400_000) return ms;
  throw new InvalidArgumentError('It must be a duration of at least 100ms, like 500ms, 20s or 5m.');
}

function ackWaitMs(text: string): number {
  const ms = toDurationMs(text) ?? Number.NaN;
  if (ms >= 1000 && ms <= 60_000) return ms;
  throw new InvalidArgumentError('It must be a duration from 1s to 60s.');
}

function plan(text: string): readonly PlannedStep[] {
  try {
    return toPlan(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const isRestart = (step: PlannedStep) => step.do === 'trouble' && step.order.kind === 'restart';
