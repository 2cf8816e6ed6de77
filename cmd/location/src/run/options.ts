/** The command line of the demo. Everything wrong is said in one sentence, before anything starts. */
import { Command, InvalidArgumentError, Option } from 'commander';

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
  /** Of the page; 0: a free one. */
  readonly port: number;
  readonly host: string;
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
  npm start -- --server nats://127.0.0.1:4222      on a server that runs already

Exit status: 0 nothing was lost, 1 something was or it could not run, 2 wrong usage.`;

/**
 * Reads the arguments after the program's name. Commander ends the process with 0 for `--help`; for
 * wrong usage it throws its CommanderError, after writing one sentence to stderr.
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): RunOptions {
  const command = new Command('location')
    .description('A city of moving drivers on one JetStream stream: four services, one live map.')
    .addOption(number('--drivers <n>', 'phones that report', { least: 1, most: 200_000 }, 1000))
    .option('--interval <duration>', 'between two reports of one phone', durationMs, 4000)
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
      number('--port <n>', 'of the page; 0 takes a free one', { least: 0, most: 65_535 }, 4600),
    )
    .option('--host <address>', 'where the page listens', '127.0.0.1')
    .option('--store <dir>', 'keep the streams here (default: a temporary directory)')
    .option('--headless', 'no page', false)
    .option('--json', 'print nothing but one JSON object at the end', false)
    .addOption(
      number('--viewers <n>', 'WebSockets that watch the map', { least: 0, most: 20_000 }, 0),
    )
    .option('--floor', 'measure core NATS at the same rate, before and after', false)
    .option('--ramp', 'raise the drivers, run by run, until it breaks; prints a table', false)
    .option('--p99-max <duration>', 'where a ramp breaks, in the slowest service', durationMs, 250)
    .option('--server <url>', 'use this nats-server (default: NATS_URL, else start one)')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, '')) });
  command.parse([...args], { from: 'user' });
  const given = command.opts();
  const server: string | undefined = given['server'] ?? (env['NATS_URL'] || undefined);
  if (server !== undefined && !/^(nats|tls|ws|wss):\/\/\S+$/.test(server)) {
    command.error(`--server must be an address like nats://127.0.0.1:4222, not "${server}"`);
  }
  if (given['server'] !== undefined && given['store'] !== undefined) {
    command.error('--store is for the server that the demo starts, so it cannot go with --server');
  }
  if (given['ramp'] && !given['headless']) {
    command.error('--ramp starts many runs, so it goes with --headless only');
  }
  return {
    drivers: given['drivers'],
    intervalMs: given['interval'],
    forMs: given['for'],
    seed: given['seed'],
    processes: given['processes'],
    port: given['port'],
    host: given['host'],
    store: given['store'],
    headless: given['headless'],
    json: given['json'],
    viewers: given['viewers'],
    floor: given['floor'],
    ramp: given['ramp'],
    p99MaxMs: given['p99Max'],
    server,
  };
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

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (ms >= 100 && ms <= 7 * 86_400_000) return ms;
  throw new InvalidArgumentError('It must be a duration of at least 100ms, like 500ms, 20s or 5m.');
}
