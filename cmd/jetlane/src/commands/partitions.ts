import { type PartitionStatus, partitionStatus } from '@jetlane/core';
import type { Command } from 'commander';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import type { Io } from '../io.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { formatCount, formatMs } from '../terminal/figures.ts';
import { oneLine } from '../terminal/printable.ts';
import { renderTable } from '../terminal/table.ts';

interface Flags extends ConnectionFlags {
  readonly json?: boolean;
  readonly worker?: string;
}

/** `jetlane partitions`: who has which partition of a partitioned worker. */
export function addPartitions(program: Command, shell: Shell): void {
  const partitions = program
    .command('partitions')
    .summary('see who has which partition')
    .description('The partitions of partitioned workers, and the processes that share them.');
  addExamples(partitions, [['jetlane partitions ls', 'all of them']]);
  const command = partitions
    .command('ls')
    .summary('list partitions: owner, lag, oldest message')
    .description(
      'Lists every partition of every partitioned worker: the process that has it, how many messages wait or are out, and how long the oldest of them has waited.',
    )
    .option('--worker <name>', 'only of this worker')
    .action(async (flags: Flags) => {
      const all = await withConnection(shell, flags, partitionStatus);
      const wanted = all.filter(({ worker }) => [undefined, worker].includes(flags.worker));
      if (flags.json) shell.io.json(wanted);
      else if (wanted.length === 0) shell.io.out(noneOf(flags.worker, all));
      else for (const line of partitionLines(wanted, shell.io)) shell.io.out(line);
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane partitions ls --worker billing', 'of one worker'],
    ['jetlane partitions ls --json', 'for a script'],
  ]);
}

function noneOf(worker: string | undefined, all: readonly PartitionStatus[]): string {
  const names = [...new Set(all.map((partition) => partition.worker))];
  if (names.length === 0) return 'No worker is partitioned.';
  return `No worker '${worker}' is partitioned; partitioned: ${names.join(', ')}.`;
}

/** As lines: one for each partition. */
function partitionLines(
  partitions: readonly PartitionStatus[],
  { style, columns }: Pick<Io, 'style' | 'columns'>,
): string[] {
  return renderTable(
    [
      { title: 'WORKER', paint: (padded) => style.bold(padded) },
      { title: 'STREAM' },
      { title: 'PARTITION', align: 'right' },
      { title: 'OWNER', bends: true },
      { title: 'LAG', align: 'right' },
      { title: 'PENDING', align: 'right' },
      { title: 'OLDEST', align: 'right' },
    ],
    partitions.map((one) => [
      oneLine(one.worker),
      oneLine(one.stream),
      String(one.partition),
      oneLine(one.owner ?? '-'),
      formatCount(one.lag),
      formatCount(one.ackPending),
      one.oldestMs === undefined ? '-' : formatMs(one.oldestMs),
    ]),
    { paintTitle: style.dim, ...(columns === undefined ? {} : { width: columns }) },
  );
}
