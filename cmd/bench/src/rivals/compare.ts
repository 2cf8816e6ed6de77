/** Plays a comparison: finds out who can take part, starts the servers, and lets them in turn, round after round: A B C A B C. */
import type { Row } from '../frame/output.ts';
import type { Stage } from '../frame/stage.ts';
import { type Had, startBrokers } from './brokers/brokers.ts';
import { rivals } from './catalog.ts';
import { type Entry, toRows } from './compared.ts';
import { standingOf } from './comparison.ts';
import { contest } from './contest.ts';
import { findNatsBench, natsBench, playNatsBench } from './nats-bench.ts';
import { INSTALL_COMMAND, versionOf } from './packages.ts';
import type { BrokerName, Rival } from './rival.ts';
import type { Trial } from './trial.ts';

/** What is compared, and how long. */
export interface ComparisonOptions {
  /** Only these beside Jetlane. Default: all. */
  readonly rivals?: readonly string[] | undefined;
  readonly rounds: number;
  /** Whether a round that does not count comes before them. */
  readonly warmUp: boolean;
  /** Of each measurement. */
  readonly durationMs: number;
  /** Offered, a second. */
  readonly rates: readonly number[];
  /** Bytes of a message as JSON. */
  readonly size: number;
  readonly keys: number;
}

/** All that `--rivals` may name. */
export const IDS: readonly string[] = [...rivals.map(({ id }) => id), natsBench.id];

const OURS = 'jetlane';

/** See the head of this file. A row for each rival, also for one that could not take part. */
export async function measureComparison(stage: Stage, options: ComparisonOptions): Promise<Row[]> {
  const wanted = (id: string) => id === OURS || (options.rivals?.includes(id) ?? true);
  const field = await findField(stage, wanted);
  for (const [id, why] of field.missing) stage.say(`not run: ${id}: ${why}`);
  const trials = await play(stage, field, options);
  return toRows(toEntries(field, trials, wanted), options.rates);
}

/** What of the rivals runs, and what does not, with why. */
interface Field {
  readonly able: readonly Rival[];
  readonly natsBench: string | undefined;
  readonly brokers: ReadonlyMap<BrokerName, Had>;
  readonly missing: ReadonlyMap<string, string>;
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

async function play(stage: Stage, field: Field, options: ComparisonOptions): Promise<Trial[]> {
  const { durationMs, rates, keys, size, warmUp, rounds } = options;
  const trials: Trial[] = [];
  const keep = (trial: Trial) => {
    // One that was cut short tells of the time until then only.
    if (!stage.signal.aborted) trials.push(trial);
    if (trial.failure !== null) stage.say(`${trial.rival}: ${trial.failure}`);
  };
  // Round 0 does not count: a server that just started compiles its code, or allocates its files.
  const brief = { durationMs: Math.min(durationMs, WARM_UP_MS), rates: [], keys, size };
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    for (const rival of field.able) {
      if (stage.signal.aborted) return trials;
      const broker = field.brokers.get(rival.broker);
      if (broker === undefined || 'missing' in broker) continue;
      if (round === 0) await contest(stage, rival, broker, round, brief);
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
