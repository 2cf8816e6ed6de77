import { type Command, Option } from 'commander';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes, usageFailure } from '../failure.ts';
import { abortOnInterrupt } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { integer, since } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { readStream, streamsFor } from '../tail/read-stream.ts';
import type { Start } from '../tail/start-position.ts';
import type { StoredRecord } from '../tail/stored-record.ts';
import { recordJson, recordText } from '../tail/tail-view.ts';
import { oneLine } from '../terminal/printable.ts';

interface Flags extends ConnectionFlags {
  readonly last?: number;
  readonly since?: number;
  readonly fromSeq?: number;
  readonly follow: boolean;
  readonly headers?: boolean;
  readonly stream?: string;
  readonly json?: boolean;
}

/** Shown when the end is wanted and no beginning is given. */
const LAST_DEFAULT = 10;

/** `jetlane tail`: messages as they are stored. */
export function addTail(program: Command, shell: Shell): void {
  const command = program
    .command('tail')
    .summary('watch messages pass')
    .description(
      'Shows the messages of all streams that match a filter, new ones as they come. Acknowledges nothing and takes nothing from workers. Ctrl-C ends it, with exit code 130.',
    )
    .argument('<FILTER>', "subjects, as in orders.placed.* or 'orders.>'")
    .addOption(
      new Option('--last <number>', 'begin with the last messages of each stream')
        .argParser(integer(1, 1_000_000))
        .conflicts(['since', 'fromSeq']),
    )
    .addOption(
      new Option(
        '--since <time>',
        "begin at a time: '1h' ago, or a date such as 2026-01-31T12:00:00Z",
      )
        .argParser((text: string) => since(text))
        .conflicts('fromSeq'),
    )
    .addOption(
      new Option('--from-seq <number>', 'begin at a sequence of the stream').argParser(integer(1)),
    )
    .option(
      '--no-follow',
      `end at the last message; shows the last ${LAST_DEFAULT} unless told otherwise`,
    )
    .option('--headers', 'show headers too')
    .option('--stream <name>', 'only this stream')
    .action(async (filter: string, flags: Flags) => {
      shell.exitCode = await tail(filter, flags, shell);
    });
  addServerFlags(addJsonFlag(command, 'print one JSON document a message'));
  addExamples(command, [
    ["jetlane tail 'orders.>'", 'what comes from now on'],
    ["jetlane tail 'orders.placed.*' --last 20 --headers", 'and the last 20 before'],
    ["jetlane tail 'orders.>' --since 1h --no-follow --json", 'the last hour, for a script'],
  ]);
}

async function tail(filter: string, flags: Flags, shell: Shell): Promise<number> {
  const { io } = shell;
  checkFilter(filter);
  const { controller: stop, interrupted } = abortOnInterrupt(shell.interrupt);
  await withConnection(shell, flags, async (connection) => {
    const streams =
      flags.stream === undefined ? await streamsFor(connection, filter) : [flags.stream];
    if (io.tty && !flags.json)
      io.err(io.errStyle.dim(`${streams.map(oneLine).join(', ')}: ${startWords(flags)}`));
    const reads = streams.map(async (stream) => {
      const options = {
        stream,
        filter,
        start: startOf(flags),
        follow: flags.follow,
        signal: stop.signal,
      };
      for await (const record of readStream(connection, options)) show(record, flags, io);
    });
    try {
      await Promise.all(reads);
    } finally {
      stop.abort();
      await Promise.allSettled(reads);
    }
  });
  return interrupted() ? exitCodes.interrupted : exitCodes.done;
}

/** Less strict than for a declaration: other programs' subjects may hold any character. */
function checkFilter(filter: string): void {
  const tokens = filter.split('.');
  const wrong = tokens.includes('') || /\s/.test(filter) || tokens.slice(0, -1).includes('>');
  if (wrong)
    throw usageFailure(
      `'${oneLine(filter)}' is no filter: tokens joined by dots, * for any one, > for all that follow`,
    );
}

function show(record: StoredRecord, flags: Flags, io: Io): void {
  if (flags.json) io.json(recordJson(record));
  else io.out(recordText(record, { style: io.style, headers: flags.headers === true }));
}

function startOf({ last, since: sinceMs, fromSeq, follow }: Flags): Start {
  if (fromSeq !== undefined) return { at: 'seq', seq: fromSeq };
  if (sinceMs !== undefined) return { at: 'time', timeMs: sinceMs };
  if (last !== undefined) return { at: 'last', count: last };
  return follow ? { at: 'new' } : { at: 'last', count: LAST_DEFAULT };
}

function startWords(flags: Flags): string {
  const start = startOf(flags);
  const end = flags.follow ? ', then new ones; Ctrl-C ends' : '';
  switch (start.at) {
    case 'new':
      return 'new messages; Ctrl-C ends';
    case 'seq':
      return `from sequence ${start.seq}${end}`;
    case 'time':
      return `since ${new Date(start.timeMs).toISOString()}${end}`;
    case 'last':
      return `the last ${start.count}${end}`;
  }
}
