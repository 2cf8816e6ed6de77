/** `jetlane bench soak`: the same load for long, interval after interval, with an eye on memory, lag and latency, and a verdict. */
import type { Command } from 'commander';
import {
  addExamples,
  addLoadFlags,
  addOutputFlags,
  addStreamFlags,
  durationOption,
  integer,
  type LoadFlags,
  type OutputFlags,
  type StreamFlags,
} from '../frame/flags.ts';
import { type Column, print, type Row } from '../frame/output.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { openPublishing, openWorkers, settingsOf, sharesOf } from '../measure/setups.ts';
import { type Interval, verdict } from '../measure/steadiness.ts';
import {
  type ListeningChild,
  openFigures,
  openTurn,
  openWarnings,
  type PublishingChild,
} from '../measure/turns.ts';

interface Flags extends OutputFlags, StreamFlags, LoadFlags {
  readonly rate: number;
  readonly duration: number;
  readonly interval: number;
  readonly window: number;
  readonly room: number;
}

/** Adds the subcommand. */
export function addSoak(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('soak')
    .summary('the same load for long: memory, lag, latency, and a verdict')
    .description(
      'Offers a fixed rate (an open loop) for long, in intervals with a garbage collection between them, and says whether memory, lag or latency grew. Exit 1 when it was not steady.',
    )
    .option('--rate <n>', 'messages a second', integer(1, 1_000_000), 5_000)
    .addOption(durationOption('--duration <time>', 'how long', '10m', 1_000))
    .addOption(durationOption('--interval <time>', 'how long each interval is', '10s', 250))
    .option('--window <n>', 'messages awaiting their ack', integer(1, 65_536), 1_024)
    .option('--room <n>', 'messages that the worker may hold', integer(4, 65_536), 1_000)
    .action((flags: Flags) => soak(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addStreamFlags(addLoadFlags(command))));
  addExamples(command, [
    ['jetlane bench soak --duration 1h', 'an hour at 5,000 messages a second'],
    ['jetlane bench soak --rate 500 --duration 1m --interval 5s', 'a minute'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'atS', title: 'at s' },
  { key: 'count', title: 'messages' },
  { key: 'p50Us', title: 'p50 µs' },
  { key: 'p99Us', title: 'p99 µs' },
  { key: 'lag', title: 'lag' },
  { key: 'publisherHeapMiB', title: 'publisher heap MiB', format: (mib) => mib.toFixed(1) },
  { key: 'workerHeapMiB', title: 'worker heap MiB', format: (mib) => mib.toFixed(1) },
  { key: 'publisherResidentMiB', title: 'publisher RSS MiB', format: (mib) => mib.toFixed(0) },
  { key: 'workerResidentMiB', title: 'worker RSS MiB', format: (mib) => mib.toFixed(0) },
];

async function soak(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, replicas, progress, rate, interval, window, room } = flags;
  await onStage(surroundings, { flags, replicas, payloadBytes, progress }, async (stage) => {
    const settings = { ...settingsOf(flags), jetstream: { max_msgs: MSGS_MAX } };
    const side = await openPublishing(stage, 'SOAK', flags, settings);
    const durables = ['soak'];
    const workers = await openWorkers(stage, side, { durables, room, settings });
    const { intervals, warnings } = await play(stage, side.child, workers, flags);
    const { steady, words } = verdict(intervals, rate);
    await print(
      surroundings,
      flags,
      {
        benchmark: 'soak',
        settings: { ...sharesOf(flags), rate, intervalMs: interval, window, room },
        rows: intervals.map((each): Row => ({ ...each })),
        notes: words,
        warnings: [...folded(warnings), ...stage.warnings()],
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
    if (!steady && !stage.signal.aborted) surroundings.exitCode = 1;
  });
}

/** The stream forgets what is older: a soak is about the clients, not about the disk. */
const MSGS_MAX = 1_000_000;

async function play(
  stage: Stage,
  publisher: PublishingChild,
  listeners: readonly ListeningChild[],
  { rate, duration: totalMs, interval }: Flags,
): Promise<{ readonly intervals: Interval[]; readonly warnings: string[] }> {
  const intervals: Interval[] = [];
  const warnings: string[] = [];
  const startMs = performance.now();
  const atMs = () => performance.now() - startMs;
  while (atMs() < totalMs && !stage.signal.aborted) {
    const durationMs = Math.min(interval, Math.max(250, totalMs - atMs()));
    const result = await openTurn(stage, { publisher, listeners, rate, durationMs, warmUpMs: 0 });
    const figures = openFigures(result);
    warnings.push(...openWarnings(rate, result));
    const worker = await (listeners[0] as ListeningChild).memory();
    const own = await publisher.memory();
    const last: Interval = {
      atS: Math.round(atMs() / 1_000),
      count: figures.count ?? 0,
      p50Us: Math.round(figures.p50Us ?? 0),
      p99Us: Math.round(figures.p99Us ?? 0),
      lag: figures.missing ?? 0,
      publisherHeapMiB: mebi(own.heapBytes),
      workerHeapMiB: mebi(worker.heapBytes),
      publisherResidentMiB: mebi(own.residentBytes),
      workerResidentMiB: mebi(worker.residentBytes),
    };
    intervals.push(last);
    stage.progress.show(
      `${last.atS} of ${Math.round(totalMs / 1_000)} s: p99 ${last.p99Us} µs, lag ${last.lag}, heap ${last.publisherHeapMiB} and ${last.workerHeapMiB} MiB`,
    );
  }
  return { intervals, warnings };
}

/** One for each kind, with how many more there were: figures differ from interval to interval. */
function folded(warnings: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const warning of warnings) {
    const kind = warning.replaceAll(/[\d.]+/g, '#');
    kinds.set(kind, [...(kinds.get(kind) ?? []), warning]);
  }
  return [...kinds.values()].map((same) =>
    same.length === 1 ? `${same[0]}` : `${same[0]} (and in ${same.length - 1} more intervals)`,
  );
}

function mebi(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(2));
}
