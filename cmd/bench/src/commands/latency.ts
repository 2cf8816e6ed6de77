/** `jetlane bench latency`: how old a message is when its handler sees it, at a fixed rate, or at rising rates until it breaks. */
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
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { writeHistogram } from '../measure/hdr-log.ts';
import { type Climb, climb } from '../measure/knee.ts';
import { openPublishing, openWorkers, settingsOf, sharesOf } from '../measure/setups.ts';
import { type OpenTurnResult, openFigures, openTurn, openWarnings } from '../measure/turns.ts';

interface Flags extends OutputFlags, StreamFlags, LoadFlags {
  readonly rate: number;
  readonly duration: number;
  readonly window: number;
  readonly room: number;
  readonly ramp?: boolean;
  readonly limit: number;
  readonly workers: number;
  readonly histogram?: string;
}

/** Adds the subcommand. */
export function addLatency(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('latency')
    .summary('end to end, at a fixed rate or up to the knee')
    .description(
      'Sends at a fixed rate by a schedule that never waits (an open loop) and measures from the intended time of sending to the handler of a worker, between two processes of this machine.',
    )
    .option(
      '--rate <n>',
      'messages a second; with --ramp where it begins',
      integer(1, 5_000_000),
      1_000,
    )
    .addOption(durationOption('--duration <time>', 'how long; with --ramp each step', '10s', 100))
    .option('--ramp', 'raise the rate by half until it breaks, and tell the knee')
    .addOption(
      durationOption('--limit <time>', 'with --ramp: the p99 that counts as broken', '100ms'),
    )
    .option('--window <n>', 'messages awaiting their ack', integer(1, 65_536), 1_024)
    .option('--room <n>', 'messages that a worker may hold', integer(4, 65_536), 1_000)
    .option('--workers <n>', 'processes that share the work', integer(1, 64), 1)
    .option('--histogram <file>', 'write the latencies as an HDR log', resultFile)
    .action((flags: Flags) => latency(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addStreamFlags(addLoadFlags(command))));
  addExamples(command, [
    ['jetlane bench latency --rate 20k', 'ten seconds at 20,000 messages a second'],
    ['jetlane bench latency --ramp --duration 3s', 'latency against load, until it breaks'],
    ['jetlane bench latency --rate 1k --histogram e2e.hlog', 'for the tools of HdrHistogram'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'rate', title: 'offered/s' },
  { key: 'achievedPerSecond', title: 'sent/s' },
  { key: 'count', title: 'messages' },
  { key: 'p50Us', title: 'p50 µs' },
  { key: 'p90Us', title: 'p90 µs' },
  { key: 'p99Us', title: 'p99 µs' },
  { key: 'p999Us', title: 'p99.9 µs' },
  { key: 'maxUs', title: 'max µs' },
  { key: 'lateP99Us', title: 'sent late p99 µs' },
  { key: 'clientCpuUs', title: 'client CPU µs', format: (us) => us.toFixed(1) },
  { key: 'serverCpuUs', title: 'server CPU µs', format: (us) => us.toFixed(1) },
  { key: 'verdict', title: '' },
];

async function latency(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, replicas, progress } = flags;
  await onStage(surroundings, { flags, replicas, payloadBytes, progress }, async (stage) => {
    const results: { rate: number; result: OpenTurnResult; verdict: string }[] = [];
    const play = await player(stage, flags);
    const step = async (rate: number) => {
      const result = await play(rate);
      const figures = openFigures(result);
      results.push({ rate, result, verdict: '' });
      return figures;
    };
    let found: Climb | undefined;
    if (flags.ramp) found = await climb(flags.rate, flags.limit * 1_000, step, stage.signal);
    else await step(flags.rate);
    const histograms = results.map(({ rate, result }) => ({
      tag: `e2e-${rate}`,
      histogram: result.latency,
    }));
    if (flags.histogram) await writeHistogram(flags.histogram, histograms);
    const rows = results.map(({ rate, result }): Row => {
      const verdict = found?.broken?.rate === rate ? `broke: ${found.broken.why}` : '';
      return { rate, ...rounded(openFigures(result)), ...(flags.ramp ? { verdict } : {}) };
    });
    await print(
      surroundings,
      flags,
      {
        benchmark: 'latency',
        settings: {
          ...sharesOf(flags),
          window: flags.window,
          room: flags.room,
          workers: flags.workers,
        },
        rows,
        notes: found === undefined ? [] : kneeWords(found),
        warnings: [
          ...results.flatMap(({ rate, result }) => openWarnings(rate, result)),
          ...stage.warnings(),
        ],
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
    if (!flags.ramp && results.some(({ result }) => result.offer.failed > 0))
      surroundings.exitCode = 1;
  });
}

async function player(
  stage: Stage,
  flags: Flags,
): Promise<(rate: number) => Promise<OpenTurnResult>> {
  const side = await openPublishing(stage, 'LATENCY', flags);
  const listeners = await openWorkers(stage, side, {
    durables: Array.from({ length: flags.workers }, () => 'latency'),
    room: flags.room,
    settings: settingsOf(flags),
  });
  // The compiler's share, and the first pull requests.
  if (!stage.signal.aborted)
    await openTurn(stage, {
      publisher: side.child,
      listeners,
      copies: 1,
      rate: 500,
      durationMs: 500,
    });
  return (rate) =>
    openTurn(stage, {
      publisher: side.child,
      listeners,
      copies: 1,
      rate,
      durationMs: flags.duration,
      onProgress: (sent) => stage.progress.show(`${rate}/s: ${sent} sent`),
    });
}

/** The knee in words. */
function kneeWords({ held, broken }: Climb): string[] {
  const last =
    held === undefined ? 'no rate was held' : `held ${held.rate.toLocaleString('en-US')}/s`;
  if (broken === undefined) return [`${last}; nothing broke`];
  return [`${last}; broke at ${broken.rate.toLocaleString('en-US')}/s: ${broken.why}`];
}

function rounded(figures: Readonly<Record<string, number>>): Row {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      name.endsWith('CpuUs') ? Number(value.toFixed(2)) : Math.round(value),
    ]),
  );
}
