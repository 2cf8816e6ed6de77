/** `jetlane bench publish`: how fast a stream takes messages, and how long each waits for its ack. */
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
import type { Column } from '../frame/output.ts';
import { print } from '../frame/output.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import { writeHistogram } from '../measure/hdr-log.ts';
import { Histogram } from '../measure/histogram.ts';
import type { SaturateResult } from '../measure/saturate.ts';
import { makeStream, openPublisherChild, sharesOf } from '../measure/setups.ts';

/** What was asked for. */
interface Flags extends OutputFlags, StreamFlags, LoadFlags {
  readonly duration: number;
  readonly msgs?: number;
  readonly window: number;
  readonly processes: number;
  readonly clients?: number;
  readonly batch?: number;
  readonly histogram?: string;
}

/** Adds the subcommand. */
export function addPublish(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('publish')
    .summary('throughput and ack latency of client.publish')
    .description('Publishes as fast as the stream confirms, from processes of their own.')
    .addOption(durationOption('--duration <time>', 'how long', '10s', 100))
    .option('--msgs <n>', 'stop after that many, over all processes', integer(1))
    .option('--window <n>', 'messages awaiting their ack, a process', integer(1, 65_536), 1_024)
    .option('--batch <n>', 'the same, by the name of nats bench', integer(1, 65_536))
    .option('--processes <n>', 'publishing processes', integer(1, 64), 1)
    .option('--clients <n>', 'the same, by the name of nats bench', integer(1, 64))
    .option('--histogram <file>', 'write the ack latencies as an HDR log', resultFile)
    .action((flags: Flags) => publish(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addStreamFlags(addLoadFlags(command))));
  addExamples(command, [
    ['jetlane bench publish', 'ten seconds on a nats-server of its own'],
    ['jetlane bench publish --replicas 3 --window 256', 'on a cluster of three on this machine'],
    ['jetlane bench publish -s nats://staging:4222 --json', 'on another server, for a script'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'side', title: 'who' },
  { key: 'count', title: 'messages' },
  { key: 'perSecond', title: 'msg/s' },
  { key: 'clientCpuUs', title: 'client CPU µs', format: (us) => us.toFixed(1) },
  { key: 'serverCpuUs', title: 'server CPU µs', format: (us) => us.toFixed(1) },
  { key: 'p50Us', title: 'ack p50 µs' },
  { key: 'p99Us', title: 'p99 µs' },
  { key: 'p999Us', title: 'p99.9 µs' },
  { key: 'maxUs', title: 'max µs' },
];

async function publish(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, replicas } = flags;
  await onStage(
    surroundings,
    { flags, replicas, payloadBytes, progress: flags.progress },
    async (stage) => {
      const processes = flags.clients ?? flags.processes;
      const window = flags.batch ?? flags.window;
      const results = await run(stage, { ...flags, processes, window });
      const acks = new Histogram();
      for (const result of results) acks.add(result.acks);
      const { serverCpuUs } = results;
      const count = sum(results, ({ count }) => count);
      const elapsedMs = Math.max(...results.map((result) => result.elapsedMs));
      const failed = sum(results, (result) => result.failed);
      const failure = results.find((result) => result.failure)?.failure;
      const us = (share: number) => Math.round(acks.quantileNs(share) / 1_000) || null;
      if (flags.histogram) await writeHistogram(flags.histogram, [{ tag: 'ack', histogram: acks }]);
      await print(
        surroundings,
        flags,
        {
          benchmark: 'publish',
          settings: { ...sharesOf(flags), window, processes },
          rows: [
            {
              side: 'client.publish',
              count,
              failed,
              perSecond: Math.round((count / elapsedMs) * 1_000),
              clientCpuUs: sum(results, ({ cpuUs }) => cpuUs) / Math.max(1, count),
              serverCpuUs: serverCpuUs === undefined ? null : serverCpuUs / Math.max(1, count),
              p50Us: us(0.5),
              p99Us: us(0.99),
              p999Us: us(0.999),
              maxUs: Math.round(acks.maxNs / 1_000) || null,
            },
          ],
          warnings: [
            ...(failed > 0 ? [`${failed} messages were not stored; the first: ${failure}`] : []),
            ...stage.warnings(),
          ],
          partial: stage.signal.aborted,
          environment: stage.environment,
        },
        COLUMNS,
      );
      if (failed > 0) surroundings.exitCode = 1;
    },
  );
}

type Wanted = Flags & { readonly processes: number; readonly window: number };

async function run(
  stage: Stage,
  flags: Wanted,
): Promise<SaturateResult[] & { serverCpuUs?: number }> {
  const { window, processes, msgs } = flags;
  const { prefix } = await makeStream(stage, 'PUBLISH', flags);
  const children = await Promise.all(
    Array.from({ length: processes }, () => openPublisherChild(stage, prefix, flags)),
  );
  const counts = new Map<number, number>();
  const before = stage.serverCpuUs();
  const share = msgs === undefined ? {} : { msgs: Math.ceil(msgs / processes) };
  const results: SaturateResult[] & { serverCpuUs?: number } = (await Promise.all(
    children.map((child) =>
      child.round({ durationMs: flags.duration, window, ...share }, (count) => {
        counts.set(child.pid, count);
        stage.progress.show(`${[...counts.values()].reduce((a, b) => a + b, 0)} confirmed`);
      }),
    ),
  )) as SaturateResult[];
  const after = stage.serverCpuUs();
  if (before !== undefined && after !== undefined) results.serverCpuUs = after - before;
  return results;
}

function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0);
}
