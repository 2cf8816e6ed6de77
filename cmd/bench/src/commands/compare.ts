/** `jetlane bench compare`: Jetlane against others, each as its own documentation recommends, in interleaved rounds. */
import { type Command, InvalidArgumentError } from 'commander';
import {
  addExamples,
  addOutputFlags,
  bytes,
  durationOption,
  integer,
  type OutputFlags,
} from '../frame/flags.ts';
import { print } from '../frame/output.ts';
import { onStage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { POSITION_BYTES_MIN } from '../measure/position.ts';
import { IDS, measureComparison } from '../rivals/compare.ts';
import { columnsFor, notesFor } from '../rivals/compared.ts';
import { INSTALL_COMMAND, installPackages } from '../rivals/packages.ts';

/** What was asked for. */
interface Flags extends OutputFlags {
  readonly install?: boolean;
  readonly rivals?: readonly string[];
  readonly rounds: number;
  readonly warmUp: boolean;
  readonly duration: number;
  readonly rates: readonly number[];
  readonly size: number;
  readonly keys: number;
}

const KEYS = 1_000;

/** Adds the subcommand. */
export function addCompare(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('compare')
    .summary('Jetlane against nats.js, NestJS, Redis, BullMQ, RabbitMQ, Kafka')
    .description(
      [
        'Publishes, works and offers fixed rates, Jetlane and the others in turn, round after round: A B C A B C. Each is written as its own documentation recommends; what “confirmed” means for each is printed with it.',
        'Their npm packages are no part of an installation: --install puts them into cmd/bench/rivals/node_modules, by npm ci, install scripts off. Servers: REDIS_URL, AMQP_URL and KAFKA_BROKERS where they are set, else redis-server, rabbitmq-server and KAFKA_HOME from this machine, on free ports, with temporary stores, stopped at the end. A rival that lacks something is listed as not run, with how to get it.',
      ].join('\n'),
    )
    .option('--install', 'install the packages of the rivals, and end')
    .option('--rivals <ids>', `only these, with commas: ${IDS.join(', ')}`, rivalIds)
    .option('--rounds <n>', 'rounds', integer(1, 100), 3)
    .option('--no-warm-up', 'leave out the round before them that does not count')
    .addOption(durationOption('--duration <time>', 'of each measurement', '3s', 100))
    .option(
      '--rates <list>',
      'messages a second that are offered, with commas',
      rateList,
      [1_000, 10_000],
    )
    .option('--size <bytes>', 'bytes of a message as JSON', bytes(POSITION_BYTES_MIN), 128)
    .option('--keys <n>', 'subjects, or keys', integer(1, 1_000_000), KEYS)
    .action((flags: Flags) => compare(flags, surroundings));
  addExamples(command, [
    [INSTALL_COMMAND.replace('npm run bench --', 'jetlane bench'), 'once, in a clone'],
    ['jetlane bench compare --rivals nats-v3,nats-v2', 'nothing but nats-server is needed'],
    ['KAFKA_HOME=~/kafka jetlane bench compare --json', 'all that this machine has'],
  ]);
  surroundings.addServerFlags(addOutputFlags(command));
}

async function compare(flags: Flags, surroundings: Surroundings): Promise<void> {
  if (flags.install) return installPackages((line) => surroundings.io.err(line));
  const { rates, rounds, size, keys, duration: durationMs } = flags;
  const options = { flags, payloadBytes: size, progress: flags.progress };
  await onStage(surroundings, options, async (stage) => {
    const rows = await measureComparison(stage, { ...flags, durationMs });
    const findings = {
      benchmark: 'compare',
      settings: { rounds, duration: `${durationMs / 1_000} s`, rates: rates.join(' '), size, keys },
      rows,
      notes: notesFor(rows),
      warnings: stage.warnings(),
      partial: stage.signal.aborted,
      environment: stage.environment,
    };
    await print(surroundings, flags, findings, columnsFor(rates));
  });
}

function rivalIds(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.filter((id) => !IDS.includes(id));
  if (unknown.length === 0) return ids;
  throw new InvalidArgumentError(
    `there is no rival ${unknown.join(', ')}: expected ${IDS.join(', ')}.`,
  );
}

function rateList(text: string): number[] {
  const parse = integer(1, 1_000_000);
  return [...new Set(text.split(',').map((rate) => parse(rate.trim())))].sort((a, b) => a - b);
}
