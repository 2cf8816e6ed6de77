/** `jetlane bench compare`: Jetlane against others, each as its own documentation recommends, in interleaved rounds. */
import { type Command, InvalidArgumentError } from 'commander';
import {
  addExamples,
  addOutputFlags,
  bytes,
  duration,
  integer,
  type OutputFlags,
} from '../frame/flags.ts';
import { print } from '../frame/output.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { POSITION_BYTES_MIN } from '../measure/position.ts';
import { type Had, startBrokers } from '../rivals/brokers/brokers.ts';
import { rivals } from '../rivals/catalog.ts';
import { columnsFor, type Entry, notesFor, toRows } from '../rivals/compared.ts';
import { standingOf } from '../rivals/comparison.ts';
import { contest } from '../rivals/contest.ts';
import { findNatsBench, natsBench, playNatsBench } from '../rivals/nats-bench.ts';
import { INSTALL_COMMAND, installPackages, versionOf } from '../rivals/packages.ts';
import type { BrokerName, Rival } from '../rivals/rival.ts';
import type { Trial } from '../rivals/trial.ts';

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
const OURS = 'jetlane';
const IDS = [...rivals.map(({ id }) => id), natsBench.id];

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
    .option('--duration <time>', 'of each measurement', duration(100), 3_000)
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

/** What of the rivals runs, and what does not, with why. */
interface Field {
  readonly able: readonly Rival[];
  readonly natsBench: string | undefined;
  readonly brokers: ReadonlyMap<BrokerName, Had>;
  readonly missing: ReadonlyMap<string, string>;
}

async function compare(flags: Flags, surroundings: Surroundings): Promise<void> {
  if (flags.install) return installPackages((line) => surroundings.io.err(line));
  const { rates, rounds, size, keys, duration: durationMs } = flags;
  const options = { flags, payloadBytes: size, progress: flags.progress };
  await onStage(surroundings, options, async (stage) => {
    const wanted = (id: string) => id === OURS || (flags.rivals?.includes(id) ?? true);
    const field = await findField(stage, wanted);
    for (const [id, why] of field.missing) stage.say(`not run: ${id}: ${why}`);
    const trials = await play(stage, field, flags);
    const entries = toEntries(field, trials, wanted);
    const rows = toRows(entries, rates);
    const seconds = `${durationMs / 1_000} s`;
    await print(
      surroundings,
      flags,
      {
        benchmark: 'compare',
        settings: { rounds, duration: seconds, rates: rates.join(' '), size, keys },
        rows,
        notes: notesFor(rows),
        warnings: stage.warnings(),
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      columnsFor(rates),
    );
  });
}

async function findField(stage: Stage, wanted: (id: string) => boolean): Promise<Field> {
  const missing = new Map<string, string>();
  const installed = rivals.filter(({ id, packages }) => {
    if (!wanted(id)) return false;
    const lacking = packages.filter((name) => versionOf(name) === undefined);
    if (lacking.length === 0) return true;
    missing.set(id, `not installed: ${lacking.join(', ')} (${INSTALL_COMMAND})`);
    return false;
  });
  const brokers = await startBrokers(stage, new Set(installed.map(({ broker }) => broker)));
  const able = installed.filter(({ id, broker: name }) => {
    const broker = brokers.get(name);
    if (broker === undefined) return false;
    if ('missing' in broker) missing.set(id, broker.missing);
    return !('missing' in broker);
  });
  const cli = wanted(natsBench.id) ? findNatsBench() : undefined;
  if (cli && 'missing' in cli) missing.set(natsBench.id, cli.missing);
  const program = cli && 'program' in cli ? cli.program : undefined;
  return { able, natsBench: program, brokers, missing };
}

async function play(stage: Stage, field: Field, flags: Flags): Promise<Trial[]> {
  const { rates, size, keys, duration: durationMs } = flags;
  const trials: Trial[] = [];
  const keep = (trial: Trial) => {
    // One that was cut short tells of the time until then only.
    if (!stage.signal.aborted) trials.push(trial);
    if (trial.failure !== null) stage.say(`${trial.rival}: ${trial.failure}`);
  };
  // Round 0 does not count: a server that just started compiles its code, or allocates its files.
  const warmUp = { durationMs: Math.min(durationMs, WARM_UP_MS), rates: [], keys, size };
  for (let round = flags.warmUp ? 0 : 1; round <= flags.rounds; round++) {
    for (const rival of field.able) {
      if (stage.signal.aborted) return trials;
      const broker = field.brokers.get(rival.broker);
      if (broker === undefined || 'missing' in broker) continue;
      if (round === 0) await contest(stage, rival, broker, round, warmUp);
      else keep(await contest(stage, rival, broker, round, { durationMs, rates, keys, size }));
    }
    const nats = field.brokers.get('nats');
    const { natsBench: program } = field;
    if (round === 0 || program === undefined || stage.signal.aborted) continue;
    if (nats === undefined || 'missing' in nats) continue;
    const count = Math.max(1_000, Math.round((durationMs / 1_000) * NATS_BENCH_PER_SECOND));
    keep(await playNatsBench(stage, round, { program, address: nats.address, size, count }));
  }
  return trials;
}

const WARM_UP_MS = 1_000;
/** It takes a number and no time: about what it does in that time. */
const NATS_BENCH_PER_SECOND = 60_000;

function toEntries(
  { missing, brokers, natsBench: program }: Field,
  trials: readonly Trial[],
  wanted: (id: string) => boolean,
): Entry[] {
  const standing = (id: string) =>
    trials.some(({ rival }) => rival === id) ? standingOf(id, trials, OURS) : undefined;
  const notRun = (id: string) => {
    const why = missing.get(id);
    return why === undefined ? null : `not run: ${why}`;
  };
  const entries: Entry[] = rivals
    .filter(({ id }) => wanted(id))
    .map((rival) => ({
      ...rival,
      version: versionText(rival, brokers.get(rival.broker)),
      standing: standing(rival.id),
      note: notRun(rival.id) ?? rival.lacks?.publish ?? null,
    }));
  if (!wanted(natsBench.id)) return entries;
  const cli = program === undefined ? undefined : findNatsBench();
  const version = cli && 'version' in cli ? cli.version : '';
  const { id } = natsBench;
  const note = notRun(id) ?? 'the tool measures no latency end to end';
  return [...entries, { ...natsBench, version, standing: standing(id), note }];
}

function versionText({ packages: [name], broker }: Rival, had: Had | undefined): string {
  const server = had && 'version' in had ? had.version : broker;
  return name === undefined ? server : `${name} ${versionOf(name) ?? 'not installed'}, ${server}`;
}

function rivalIds(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.filter((id) => !(IDS as readonly string[]).includes(id));
  if (unknown.length === 0) return ids;
  throw new InvalidArgumentError(
    `there is no rival ${unknown.join(', ')}: expected ${IDS.join(', ')}.`,
  );
}

function rateList(text: string): number[] {
  const parse = integer(1, 1_000_000);
  return [...new Set(text.split(',').map((rate) => parse(rate.trim())))].sort((a, b) => a - b);
}
