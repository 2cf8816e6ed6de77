import { type Connection, type DeadLetters, deadLetters, type ReplayOptions } from '@jetlane/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { exitCodes, Failure, usageFailure } from '../failure.ts';
import { abortOnInterrupt } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { integer } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell, withConnection } from '../shell.ts';
import { oneLine } from '../terminal/printable.ts';
import { editLetter, readPayload, toPayload } from './letter-editor.ts';
import { groupLines, letterJson, letterLines, letterRows } from './letter-view.ts';

interface Flags extends ConnectionFlags {
  readonly stream?: string;
  readonly worker?: string;
  readonly seq?: number;
  readonly error?: string;
  readonly deadLetters: string;
  readonly all?: boolean;
  readonly limit: number;
  readonly groups?: boolean;
  readonly rate?: number;
  readonly edit?: boolean;
  readonly payload?: string;
  readonly to?: 'worker' | 'subject';
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const LIMIT_DEFAULT = 100;
const DEAD_LETTERS = 'DLQ';

/** `jetlane dlq`: the messages that workers gave up on. */
export function addDlq(program: Command, shell: Shell): void {
  const dlq = program
    .command('dlq')
    .summary('look at, replay and drop dead letters')
    .description(
      'Dead letters: messages that a worker gave up on, with the error, the original bytes and headers.',
    );
  addExamples(dlq, [
    ['jetlane dlq ls', 'what there is'],
    ['jetlane dlq show 17', 'one of them, with its error and headers'],
    [
      'jetlane dlq replay --worker billing --error HANDLER_TIMEOUT',
      'back to the worker that gave up',
    ],
    ['jetlane dlq drop --seq 17', 'delete it for good'],
  ]);
  addList(dlq, shell);
  addShow(dlq, shell);
  addReplay(dlq, shell);
  addDrop(dlq, shell);
}

function addList(dlq: Command, shell: Shell): void {
  const command = dlq
    .command('ls')
    .summary('list dead letters')
    .description(
      'Lists dead letters, oldest first; with --groups how many of each worker and error there are.',
    )
    .option('--limit <number>', 'how many at most', integer(1), LIMIT_DEFAULT)
    .option('--groups', 'count by worker and error')
    .action(async (flags: Flags) => {
      await withLetters(shell, flags, (letters) =>
        flags.groups ? listGroups(letters, flags, shell) : listLetters(letters, flags, shell),
      );
    });
  addServerFlags(addJsonFlag(addFilterFlags(command)));
  addExamples(command, [
    ['jetlane dlq ls --groups', 'which workers fail, and why'],
    ['jetlane dlq ls --worker billing --error timeout', 'those of one worker and error'],
    ['jetlane dlq ls --limit 1000 --json', 'for a script'],
  ]);
}

function addShow(dlq: Command, shell: Shell): void {
  const command = dlq
    .command('show')
    .summary('show one dead letter')
    .description(
      'Shows a dead letter: what went wrong, where it came from, its headers and its body.',
    )
    .argument('[SEQ]', 'its sequence, as dlq ls shows it', sequence)
    .option('--seq <number>', 'the same, as an option', integer(1))
    .addOption(deadLettersFlag())
    .action(async (given: number | undefined, flags: Flags) => {
      const seq = given ?? flags.seq;
      if (seq === undefined)
        throw usageFailure(
          "dlq show needs the sequence of a dead letter, as 'jetlane dlq ls' shows it",
        );
      await withLetters(shell, flags, async (letters) => {
        const letter = await letters.show(seq);
        if (letter === undefined)
          throw new Failure(
            `there is no dead letter ${seq} in ${flags.deadLetters}: see 'jetlane dlq ls' for those there are`,
          );
        if (flags.json) shell.io.json(letterJson(letter));
        else for (const line of letterLines(letter, shell.io.style)) shell.io.out(line);
      });
    });
  addServerFlags(addJsonFlag(command));
  addExamples(command, [
    ['jetlane dlq show 17', 'the dead letter with sequence 17'],
    ['jetlane dlq show 17 --json', 'for a script'],
  ]);
}

function addReplay(dlq: Command, shell: Shell): void {
  const command = dlq
    .command('replay')
    .summary('send dead letters back')
    .description(
      'Sends the original messages back, by default to the worker that gave up and to nobody else, and removes each record once its message is stored. May be interrupted and run again: nothing is lost or sent twice. Exit code 1 when some could not be sent.',
    )
    .option('--all', 'every dead letter')
    .option('--rate <number>', 'at most so many a second', integer(1))
    .option('--edit', 'open each body in $EDITOR first')
    .option('--payload <file>', 'send this body instead; - reads it from stdin (with --seq)')
    .addOption(
      new Option(
        '--to <where>',
        'to the worker that gave up, or to the original subject, where all workers get it',
      )
        .choices(['worker', 'subject'])
        .default('worker'),
    )
    .option('--dry-run', 'only say how many it would be')
    .action(async (flags: Flags) => {
      assertCondition('replay', flags);
      await withLetters(shell, flags, (letters) => replay(letters, flags, shell));
    });
  addServerFlags(addJsonFlag(addFilterFlags(addSeqFlag(command))));
  addExamples(command, [
    ['jetlane dlq replay --seq 17', 'one'],
    ['jetlane dlq replay --seq 17 --edit', 'one, corrected by hand'],
    ['jetlane dlq replay --seq 17 --payload - < order.json', 'one, corrected by a script'],
    ['jetlane dlq replay --worker billing --rate 100', 'those of a worker, gently'],
    ['jetlane dlq replay --all --dry-run', 'how many there are'],
  ]);
}

function addDrop(dlq: Command, shell: Shell): void {
  const command = dlq
    .command('drop')
    .summary('delete dead letters for good')
    .description(
      'Deletes dead letters. They cannot be brought back. Exit code 1 when the one that --seq names is not there.',
    )
    .option('--all', 'every dead letter')
    .option('--dry-run', 'only say how many it would be')
    .action(async (flags: Flags) => {
      assertCondition('drop', flags);
      await withLetters(shell, flags, (letters) => drop(letters, flags, shell));
    });
  addServerFlags(addJsonFlag(addFilterFlags(addSeqFlag(command))));
  addExamples(command, [
    ['jetlane dlq drop --seq 17', 'one'],
    ['jetlane dlq drop --worker billing --dry-run', 'how many of a worker'],
  ]);
}

async function listLetters(letters: DeadLetters, flags: Flags, { io }: Shell): Promise<void> {
  const found = [];
  // One more than asked for tells whether there are more.
  for await (const letter of letters.list({ ...filterOf(flags), limit: flags.limit + 1 }))
    found.push(letter);
  const shown = found.slice(0, flags.limit);
  if (flags.json) return io.json(shown.map(letterJson));
  for (const line of letterRows(shown, io)) io.out(line);
  if (found.length > shown.length)
    io.out(`There are more than ${flags.limit}: see --limit, or --groups for a count.`);
}

async function listGroups(letters: DeadLetters, flags: Flags, { io }: Shell): Promise<void> {
  const groups = await letters.summary(filterOf(flags));
  if (flags.json) return io.json(groups);
  for (const line of groupLines(groups, io)) io.out(line);
}

async function replay(letters: DeadLetters, flags: Flags, shell: Shell): Promise<void> {
  const { io } = shell;
  const edit = await editOf(flags, io);
  // What is under way is finished first, though a replay that is killed loses and doubles nothing either.
  const { controller, interrupted } = abortOnInterrupt(shell.interrupt);
  const { replayed, skipped } = await letters.replay(filterOf(flags), {
    to: flags.to ?? 'worker',
    dryRun: flags.dryRun === true,
    signal: controller.signal,
    ...(flags.rate === undefined ? {} : { rate: flags.rate }),
    ...(edit === undefined || flags.dryRun ? {} : { edit }),
  });
  if (flags.json) io.json({ replayed, skipped, dryRun: flags.dryRun === true });
  else {
    io.out(`${flags.dryRun ? 'would replay' : 'replayed'} ${plural(replayed)}`);
    for (const { seq, why } of skipped) io.err(`left ${seq}: ${oneLine(why)}`);
  }
  if (interrupted()) shell.exitCode = exitCodes.interrupted;
  else if (skipped.length > 0) shell.exitCode = exitCodes.failed;
}

async function editOf(flags: Flags, io: Io): Promise<ReplayOptions['edit']> {
  if (flags.payload === undefined && !flags.edit) return undefined;
  if (flags.payload === undefined) {
    if (!io.tty && !io.env.VISUAL && !io.env.EDITOR)
      throw usageFailure(
        '--edit opens an editor, and this is no terminal: set EDITOR to a program that needs none, or give the body with --payload',
      );
    return (letter) => editLetter(letter, io.env);
  }
  if (flags.edit) throw usageFailure('--edit and --payload exclude each other');
  if (flags.seq === undefined)
    throw usageFailure('--payload is the body of one message: say which with --seq');
  const bytes = await readPayload(flags.payload, io.stdin);
  return (letter) => ({ payload: toPayload(letter, bytes) });
}

async function drop(letters: DeadLetters, flags: Flags, shell: Shell): Promise<void> {
  const { io } = shell;
  const dropped = flags.dryRun ? await count(letters, flags) : await letters.drop(filterOf(flags));
  if (flags.json) io.json({ dropped, dryRun: flags.dryRun === true });
  else io.out(`${flags.dryRun ? 'would drop' : 'dropped'} ${plural(dropped)}`);
  if (flags.seq === undefined || dropped > 0) return;
  const others = [flags.stream, flags.worker, flags.error].some((each) => each !== undefined);
  const words = others ? ' that the other conditions mean' : '';
  throw new Failure(
    `there is no dead letter ${flags.seq} in ${flags.deadLetters}${words}: see 'jetlane dlq ls' for those there are`,
  );
}

async function count(letters: DeadLetters, flags: Flags): Promise<number> {
  let found = 0;
  for await (const _ of letters.list(filterOf(flags))) found++;
  return found;
}

function withLetters(
  shell: Shell,
  flags: Flags,
  work: (letters: DeadLetters) => Promise<void>,
): Promise<void> {
  return withConnection(shell, flags, async (connection) => {
    const { deadLetters: stream } = flags;
    // The usual one is made with the first worker that needs it; one that somebody names is meant to be there.
    if (stream !== DEAD_LETTERS) await assertStream(connection, stream);
    return work(deadLetters(connection, { stream }));
  });
}

async function assertStream({ jsm }: Connection, stream: string): Promise<void> {
  for await (const name of jsm.streams.names()) if (name === stream) return;
  throw new Failure(
    `there is no stream ${oneLine(stream)}: see 'jetlane streams ls' for those there are`,
  );
}

function addFilterFlags(command: Command): Command {
  return command
    .option('--stream <name>', 'of messages of this stream')
    .option('--worker <name>', 'given up on by this worker')
    .option('--error <text>', 'with this error code, name or reason, or this text in its words')
    .addOption(deadLettersFlag());
}

function addSeqFlag(command: Command): Command {
  return command.option(
    '--seq <number>',
    'the one with this sequence, as dlq ls shows it',
    integer(1),
  );
}

function deadLettersFlag(): Option {
  return new Option('--dead-letters <stream>', 'the stream of dead letters').default(DEAD_LETTERS);
}

function filterOf({ stream, worker, seq, error, all }: Flags) {
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(worker === undefined ? {} : { worker }),
    ...(seq === undefined ? {} : { seq }),
    ...(error === undefined ? {} : { error }),
    ...(all === undefined ? {} : { all }),
  };
}

function assertCondition(action: string, flags: Flags): void {
  const conditions = [flags.stream, flags.worker, flags.seq, flags.error];
  const given = conditions.some((condition) => condition !== undefined);
  if (given && flags.all)
    throw usageFailure(
      `--all means every dead letter: give it without --stream, --worker, --seq and --error`,
    );
  if (!given && !flags.all)
    throw usageFailure(
      `dlq ${action} needs to know which: --seq, --stream, --worker, --error, or --all`,
    );
}

function sequence(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('expected a sequence, a whole number from 1.');
}

function plural(number: number): string {
  return `${number} dead letter${number === 1 ? '' : 's'}`;
}
