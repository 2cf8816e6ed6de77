/** `jetlane bench fanout`: one stream, several durables that each get all of it, and live viewers beside them. */
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
  resultFile,
  type StreamFlags,
} from '../frame/flags.ts';
import { type Column, print, type Row } from '../frame/output.ts';
import { onStage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { writeHistogram } from '../measure/hdr-log.ts';
import { Histogram } from '../measure/histogram.ts';
import {
  openPublishing,
  openViewers,
  openWorkers,
  settingsOf,
  sharesOf,
} from '../measure/setups.ts';
import { openTurn, openWarnings, percentiles } from '../measure/turns.ts';
import { KEYS_OF_A_VIEWER } from '../measure/views.ts';

interface Flags extends OutputFlags, StreamFlags, LoadFlags {
  readonly rate: number;
  readonly duration: number;
  readonly window: number;
  readonly room: number;
  readonly workers: number;
  readonly viewers: number;
  readonly histogram?: string;
}

/** Adds the subcommand. */
export function addFanout(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('fanout')
    .summary('one stream to several durables and viewers')
    .description(
      'Sends at a fixed rate (an open loop) to several workers that each get every message, and to live viewers, each of some keys, behind one core NATS subscription; all in processes of their own.',
    )
    .option('--rate <n>', 'messages a second', integer(1, 5_000_000), 2_500)
    .addOption(durationOption('--duration <time>', 'how long', '10s', 100))
    .option('--workers <n>', 'durables, a process each', integer(1, 64), 4)
    .option(
      '--viewers <n>',
      `viewers of ${KEYS_OF_A_VIEWER} keys each, all in one process; 0 for none`,
      integer(0, 10_000),
      200,
    )
    .option('--window <n>', 'messages awaiting their ack', integer(1, 65_536), 1_024)
    .option('--room <n>', 'messages that a worker may hold', integer(4, 65_536), 1_000)
    .option('--histogram <file>', 'write the latencies as an HDR log', resultFile)
    .action((flags: Flags) => fanout(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addStreamFlags(addLoadFlags(command))));
  addExamples(command, [
    ['jetlane bench fanout', 'four durables and 200 viewers at 2,500 messages a second'],
    ['jetlane bench fanout --workers 8 --viewers 0 --rate 1k', 'eight durables alone'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'who', title: 'who' },
  { key: 'count', title: 'deliveries' },
  { key: 'perSecond', title: 'deliveries/s' },
  { key: 'p50Us', title: 'p50 µs' },
  { key: 'p99Us', title: 'p99 µs' },
  { key: 'p999Us', title: 'p99.9 µs' },
  { key: 'maxUs', title: 'max µs' },
  { key: 'clientCpuUs', title: 'client CPU µs', format: (us) => us.toFixed(1) },
];

async function fanout(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, replicas, progress, rate } = flags;
  await onStage(surroundings, { flags, replicas, payloadBytes, progress }, async (stage) => {
    const side = await openPublishing(stage, 'FANOUT', flags);
    const workers = await openWorkers(stage, side, {
      durables: Array.from({ length: flags.workers }, (_, i) => `fanout-${i + 1}`),
      room: flags.room,
      settings: settingsOf(flags),
    });
    const crowd = flags.viewers === 0 ? [] : [await openViewers(stage, side, flags)];
    if (stage.signal.aborted) return;
    const result = await openTurn(stage, {
      publisher: side.child,
      listeners: [...workers, ...crowd],
      copies: flags.workers,
      views: flags,
      rate,
      durationMs: flags.duration,
      onProgress: (sent) => stage.progress.show(`${rate}/s: ${sent} sent`),
    });
    const heard = result.heard.slice(0, workers.length).map((each) => Histogram.from(each.latency));
    const all = new Histogram();
    for (const each of heard) all.add(each.data());
    const viewed = result.heard[workers.length];
    const rows: Row[] = [
      row('all workers', all, flags, cpuOf(result.heard.slice(0, workers.length))),
      ...(heard.length > 1
        ? heard.map((each, i) => row(`worker ${i + 1}`, each, flags, result.heard[i]?.cpuUs))
        : []),
      ...(viewed
        ? [row(`${flags.viewers} viewers`, Histogram.from(viewed.latency), flags, viewed.cpuUs)]
        : []),
    ];
    if (flags.histogram) await writeHistogram(flags.histogram, [{ tag: 'fanout', histogram: all }]);
    const { workers: count, viewers, window, room } = flags;
    await print(
      surroundings,
      flags,
      {
        benchmark: 'fanout',
        settings: { ...sharesOf(flags), rate, workers: count, viewers, window, room },
        rows,
        warnings: [...openWarnings(rate, result), ...stage.warnings()],
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
  });
}

function cpuOf(heard: readonly { readonly cpuUs: number }[]): number {
  return heard.reduce((sum, { cpuUs }) => sum + cpuUs, 0);
}

function row(who: string, latency: Histogram, { duration: ms }: Flags, cpuUs = 0): Row {
  const figures = Object.entries(percentiles(latency)).map(([name, us]) => [name, Math.round(us)]);
  return {
    who,
    count: latency.count,
    perSecond: Math.round((latency.count / ms) * 1_000),
    ...Object.fromEntries(figures),
    clientCpuUs: Number((cpuUs / Math.max(1, latency.count)).toFixed(2)),
  };
}
