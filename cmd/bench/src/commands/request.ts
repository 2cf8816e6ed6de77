/** `jetlane bench request`: the round trip of core NATS request and reply. */
import type { Command } from 'commander';
import { nowNs } from '../frame/clock.ts';
import {
  addExamples,
  addLoadFlags,
  addOutputFlags,
  durationOption,
  integer,
  type LoadFlags,
  type OutputFlags,
  resultFile,
} from '../frame/flags.ts';
import { type Column, print, type Row } from '../frame/output.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { writeHistogram } from '../measure/hdr-log.ts';
import { Histogram } from '../measure/histogram.ts';
import type { OpenResult } from '../measure/open-loop.ts';
import type { SaturateResult } from '../measure/saturate.ts';
import { type PublishingChild, percentiles, ROLES } from '../measure/turns.ts';

interface Flags extends OutputFlags, LoadFlags {
  readonly rate?: number;
  readonly duration: number;
  readonly window: number;
  readonly msgs?: number;
  readonly workers: number;
  readonly histogram?: string;
}

/** Adds the subcommand. */
export function addRequest(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('request')
    .summary('round trip of core NATS request and reply')
    .description(
      'Measures nc.request of nats.js against a responder in another process: core NATS, nothing is stored. Jetlane has no request and reply of its own yet, so this is the floor for one, not a figure of Jetlane.',
    )
    .option(
      '--rate <n>',
      'requests a second, by a schedule that never waits (default: one after another)',
      integer(1, 1_000_000),
    )
    .addOption(durationOption('--duration <time>', 'how long', '10s', 100))
    .option('--msgs <n>', 'without --rate: stop after that many', integer(1))
    .option(
      '--window <n>',
      'without --rate: requests on their way at a time',
      integer(1, 65_536),
      1,
    )
    .option('--workers <n>', 'responding processes that share the work', integer(1, 64), 1)
    .option('--histogram <file>', 'write the round trips as an HDR log', resultFile)
    .action((flags: Flags) => request(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addLoadFlags(command)));
  addExamples(command, [
    ['jetlane bench request', 'one after another'],
    ['jetlane bench request --rate 5k', '5,000 a second, whatever the answers do'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'who', title: 'who' },
  { key: 'count', title: 'replies' },
  { key: 'perSecond', title: 'replies/s' },
  { key: 'p50Us', title: 'p50 µs' },
  { key: 'p99Us', title: 'p99 µs' },
  { key: 'p999Us', title: 'p99.9 µs' },
  { key: 'maxUs', title: 'max µs' },
  { key: 'clientCpuUs', title: 'requester CPU µs', format: (us) => us.toFixed(1) },
];

async function request(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, progress, rate = null } = flags;
  await onStage(surroundings, { flags, payloadBytes, progress }, async (stage) => {
    const child = await openSides(stage, flags);
    if (stage.signal.aborted) return;
    const { roundTrips, count, failed, failure, cpuUs, perSecond, warnings } = await play(
      stage,
      child,
      flags,
    );
    if (flags.histogram)
      await writeHistogram(flags.histogram, [{ tag: 'request', histogram: roundTrips }]);
    const us = Object.entries(percentiles(roundTrips)).map(([key, value]) => [
      key,
      Math.round(value),
    ]);
    const found: Row = {
      who: 'nc.request',
      count,
      failed,
      perSecond: Math.round(perSecond),
      ...Object.fromEntries(us),
      clientCpuUs: Number((cpuUs / Math.max(1, count)).toFixed(2)),
    };
    await print(
      surroundings,
      flags,
      {
        benchmark: 'request',
        settings: {
          size: flags.size,
          rate,
          window: rate === null ? flags.window : null,
          workers: flags.workers,
        },
        rows: [found],
        notes: ['core NATS by nats.js: Jetlane has no request and reply of its own yet'],
        warnings: [
          ...(failed > 0 ? [`${failed} requests were not answered; the first: ${failure}`] : []),
          ...warnings,
          ...stage.warnings(),
        ],
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
    if (failed > 0) surroundings.exitCode = 1;
  });
}

async function openSides(
  stage: Stage,
  { size, keys, window, workers }: Flags,
): Promise<PublishingChild> {
  const { servers } = stage;
  const prefix = `bench-${stage.id}`;
  const responder = {
    servers,
    prefix,
    stream: '',
    settings: {},
    durable: '',
    from: 'new',
    room: 1,
  };
  for (let i = 0; i < workers; i++)
    await stage.child(ROLES.listener, { side: 'responder', ...responder });
  const shape = { prefix, keys, size };
  return stage.child(ROLES.publisher, { side: 'request', servers, shape, window });
}

interface Played {
  readonly roundTrips: Histogram;
  readonly count: number;
  readonly failed: number;
  readonly failure?: string | undefined;
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly warnings: readonly string[];
}

const LEAD_NS = 50e6;

async function play(stage: Stage, child: PublishingChild, flags: Flags): Promise<Played> {
  const { rate, duration: durationMs, window, msgs } = flags;
  const onProgress = (count: number) => stage.progress.show(`${count} requests`);
  if (rate === undefined) {
    const round = { durationMs, window, ...(msgs === undefined ? {} : { msgs }) };
    const result = (await child.round(round, onProgress)) as SaturateResult;
    const perSecond = (result.count / result.elapsedMs) * 1_000;
    return { ...result, roundTrips: Histogram.from(result.acks), perSecond, warnings: [] };
  }
  const round = { rate, durationMs, startNs: nowNs() + LEAD_NS, spin: true };
  const result = (await child.round(round, onProgress)) as OpenResult;
  const { achievedPerSecond: perSecond, confirmed: count, sent, offered } = result;
  const short = sent < offered || perSecond < rate * 0.99;
  return {
    ...result,
    count,
    perSecond,
    roundTrips: Histogram.from(result.acks),
    warnings: short
      ? [
          `this machine could not offer ${rate}/s: ${Math.round(perSecond)}/s were sent (${sent} of ${offered})`,
        ]
      : [],
  };
}
