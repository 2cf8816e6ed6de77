/** `jetlane bench consume`: how fast workers take what a stream holds. */
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
import { type Column, print } from '../frame/output.ts';
import { onStage, type Stage } from '../frame/stage.ts';
import type { Surroundings } from '../frame/surroundings.ts';
import type { SaturateResult } from '../measure/saturate.ts';
import { openPublishing, type Publishing, settingsOf, sharesOf } from '../measure/setups.ts';
import { type DrainingChild, ROLES } from '../measure/turns.ts';
import type { DrainResult } from '../roles/drainer.ts';

interface Flags extends OutputFlags, StreamFlags, LoadFlags {
  readonly msgs: number;
  readonly duration: number;
  readonly room: number;
  readonly batch?: number;
  readonly processes: number;
  readonly clients?: number;
}

/** Adds the subcommand. */
export function addConsume(bench: Command, surroundings: Surroundings): void {
  const command = bench
    .command('consume')
    .summary('throughput of a worker')
    .description(
      'Fills a stream, then lets a worker take it as fast as it goes: decoded, in lanes by key, acknowledged one by one. Filling does not count.',
    )
    .option('--msgs <n>', 'messages that the stream holds', integer(1, 100_000_000), 500_000)
    .addOption(durationOption('--duration <time>', 'at most that long', '30s', 100))
    .option('--room <n>', 'messages that a process may hold', integer(4, 65_536), 1_000)
    .option('--batch <n>', 'the same, by the name of nats bench', integer(4, 65_536))
    .option('--processes <n>', 'processes that share the work', integer(1, 64), 1)
    .option('--clients <n>', 'the same, by the name of nats bench', integer(1, 64))
    .action((flags: Flags) => consume(flags, surroundings));
  surroundings.addServerFlags(addOutputFlags(addStreamFlags(addLoadFlags(command))));
  addExamples(command, [
    ['jetlane bench consume', 'half a million messages'],
    ['jetlane bench consume --msgs 2M --processes 2', 'two processes share the work'],
  ]);
}

const COLUMNS: readonly Column[] = [
  { key: 'side', title: 'who' },
  { key: 'count', title: 'messages' },
  { key: 'perSecond', title: 'msg/s' },
  { key: 'clientCpuUs', title: 'client CPU µs', format: (us) => us.toFixed(1) },
  { key: 'serverCpuUs', title: 'server CPU µs', format: (us) => us.toFixed(1) },
];

const WINDOW = 1_024;
const FILL_MAX_MS = 3_600_000;

async function consume(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { size: payloadBytes, replicas, progress } = flags;
  const processes = flags.clients ?? flags.processes;
  const room = flags.batch ?? flags.room;
  await onStage(surroundings, { flags, replicas, payloadBytes, progress }, async (stage) => {
    const side = await openPublishing(stage, 'CONSUME', { ...flags, window: WINDOW });
    await fill(stage, side, flags.msgs);
    if (stage.signal.aborted) return;
    const before = stage.serverCpuUs();
    const results = await drain(stage, side, { ...flags, processes, room });
    const after = stage.serverCpuUs();
    const count = results.reduce((sum, each) => sum + each.count, 0);
    const elapsedMs = Math.max(...results.map((each) => each.elapsedMs));
    const cpuUs = results.reduce((sum, each) => sum + each.cpuUs, 0);
    const share = (us: number) => Number((us / Math.max(1, count)).toFixed(2));
    await print(
      surroundings,
      flags,
      {
        benchmark: 'consume',
        settings: { ...sharesOf(flags), msgs: flags.msgs, room, processes },
        rows: [
          {
            side: 'worker',
            count,
            perSecond: elapsedMs > 0 ? Math.round((count / elapsedMs) * 1_000) : null,
            clientCpuUs: share(cpuUs),
            serverCpuUs: before === undefined || after === undefined ? null : share(after - before),
          },
        ],
        warnings: stage.warnings(),
        partial: stage.signal.aborted,
        environment: stage.environment,
      },
      COLUMNS,
    );
  });
}

async function fill(stage: Stage, { child }: Publishing, msgs: number): Promise<void> {
  const round = { durationMs: FILL_MAX_MS, msgs, window: WINDOW };
  const { failed, failure } = (await child.round(round, (count) =>
    stage.progress.show(`filling: ${count} of ${msgs}`),
  )) as SaturateResult;
  if (failed > 0) stage.say(`${failed} messages were not stored; the first: ${failure}`);
}

async function drain(
  stage: Stage,
  { stream, prefix }: Publishing,
  flags: Flags & { readonly processes: number },
): Promise<DrainResult[]> {
  const settings = settingsOf(flags);
  const { room, processes, msgs, duration: durationMs } = flags;
  const setup = { side: 'worker', servers: stage.servers, stream, settings, prefix, room };
  const children: DrainingChild[] = await Promise.all(
    Array.from(
      { length: processes },
      () => stage.child(ROLES.drainer, setup) as Promise<DrainingChild>,
    ),
  );
  const counts = new Map<number, number>();
  return Promise.all(
    children.map((child) =>
      child.round({ durable: 'consume', durationMs, msgs }, (count) => {
        counts.set(child.pid, count);
        stage.progress.show(`${[...counts.values()].reduce((a, b) => a + b, 0)} of ${msgs}`);
      }),
    ),
  );
}
