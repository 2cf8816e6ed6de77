import { type PausedDurable, pauseDurables, UNTIL_RESUMED } from '@jetlane/core';
import type { Command } from 'commander';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { durationMs } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { oneLine } from '../terminal/printable.ts';

interface Flags extends ConnectionFlags {
  readonly for?: number;
  readonly stream?: string;
  readonly json?: boolean;
}

/** `jetlane pause` and `jetlane resume`: stop the delivery to a worker for a while. */
export function addPause(program: Command, shell: Shell): void {
  const pause = program
    .command('pause')
    .summary('stop the delivery to a worker')
    .description(
      'Stops the delivery to a worker over all processes. What they hold is handled to its end; the rest waits in the stream. The server keeps the pause: restarts and deployments do not end it.',
    )
    .argument('<WORKER>', 'its name')
    .option('--for <duration>', 'resume by itself after this time (default: never)', durationMs)
    .action((worker: string, flags: Flags) =>
      set(worker, flags.for ?? Number.POSITIVE_INFINITY, flags, shell),
    );
  addExamples(addCommonFlags(pause), [
    ['jetlane pause billing --for 1h', 'while the bank is away'],
    ['jetlane resume billing', 'go on before that'],
  ]);
  const resume = program
    .command('resume')
    .summary('end the pause of a worker')
    .description('Lets a paused worker go on. Does nothing to one that is not paused.')
    .argument('<WORKER>', 'its name')
    .action((worker: string, flags: Flags) => set(worker, 0, flags, shell));
  addExamples(addCommonFlags(resume), [['jetlane resume billing', 'deliver again']]);
}

function addCommonFlags(command: Command): Command {
  const words = 'the stream of the worker, where several streams have one of this name';
  return addServerFlags(addJsonFlag(command.option('--stream <name>', words)));
}

async function set(worker: string, forMs: number, flags: Flags, shell: Shell): Promise<void> {
  const { stream, json } = flags;
  const durables = await withConnection(shell, flags, (connection) =>
    pauseDurables(connection, { worker, stream }, forMs),
  );
  if (json) shell.io.json(durables.map(toJson));
  else for (const durable of durables) shell.io.out(line(durable));
}

function line({ stream, durable, pausedUntil }: PausedDurable): string {
  const name = `${oneLine(durable)} on ${oneLine(stream)}`;
  return pausedUntil === undefined
    ? `${name} runs`
    : `${name} is paused ${untilWords(pausedUntil)}`;
}

/** `until 2026-01-31T12:00:00.000Z`, or until it is resumed. */
export function untilWords(time: Date): string {
  return time >= UNTIL_RESUMED ? 'until resumed' : `until ${time.toISOString()}`;
}

function toJson({ stream, durable, pausedUntil }: PausedDurable) {
  return { stream, durable, pausedUntil: pausedUntil?.toISOString() ?? null };
}
