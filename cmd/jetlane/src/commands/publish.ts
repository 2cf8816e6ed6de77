import { randomUUID } from 'node:crypto';
import { roundedInteger } from '@jetlane/studio/json';
import type { Command } from 'commander';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { Failure, messageOf, usageFailure } from '../failure.ts';
import type { Io } from '../io.ts';
import { header, integer } from '../options.ts';
import { addExamples, addJsonFlag, addServerFlags, type Shell } from '../shell.ts';
import { oneLine } from '../terminal/printable.ts';
import { publishRaw } from './publish-raw.ts';
import { publishTyped } from './publish-typed.ts';

/** One message as it was stored. */
export interface Stored {
  readonly id: string;
  readonly stream: string;
  readonly seq: number;
  /** This id was stored before; nothing was stored twice. */
  readonly duplicate: boolean;
}

/** What to publish. */
export interface Publication {
  /** A subject, or a message type. */
  readonly target: string;
  /** Undefined: none was given. */
  readonly data: unknown;
  /** One for each message. */
  readonly ids: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

interface Flags extends ConnectionFlags {
  readonly app?: string;
  readonly id?: string;
  readonly count: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

const COUNT_MAX = 10_000_000;
const STDIN_MAX_BYTES = 64 * 1024 * 1024;

/** `jetlane publish`: one message, or many alike. */
export function addPublish(program: Command, shell: Shell): void {
  const command = program
    .command('publish')
    .summary('publish a message')
    .description(
      'Publishes JSON to a subject; with --app a message of the app by its type, checked against its schema. Prints where it was stored.',
    )
    .argument('<SUBJECT|MESSAGE>', 'a subject; with --app the type of a message')
    .argument('[JSON]', "the data; - reads it from stdin, '' stands for none")
    .option('--app <APP>', 'module of the app that defines the message')
    .option(
      '--id <id>',
      'id of the message, stored once within the deduplication window (default: a new one)',
    )
    .option('--count <number>', 'publish that many; ids end in -1, -2, …', integer(1, COUNT_MAX), 1)
    .option('-H, --header <name:value>', 'a header; may be repeated', header)
    .action(async (target: string, text: string | undefined, flags: Flags) => {
      const publication = {
        target,
        data: await readData(target, text, shell.io),
        ids: idsOf(flags),
        headers: flags.header ?? {},
      };
      const stored =
        flags.app === undefined
          ? publishRaw(publication, flags, shell)
          : publishTyped(publication, flags.app, flags, shell);
      await show(stored, flags, shell.io);
    });
  addServerFlags(addJsonFlag(command, 'print one JSON document a message'));
  addExamples(command, [
    [`jetlane publish orders.placed.o-1 '{"orderId":"o-1","total":42}'`, 'to a subject'],
    [
      `jetlane publish OrderPlaced '{"orderId":"o-1","total":42}' --app src/app.ts`,
      'by type, checked',
    ],
    ['jetlane publish orders.placed.o-1 - --id order-1 < order.json', 'from a file, stored once'],
  ]);
}

/** The ids of all messages: the one given, numbered when there are several, or new ones. Exported for its tests. */
export function idsOf({ id, count }: Pick<Flags, 'id' | 'count'>): string[] {
  if (id !== undefined && count === 1) return [id];
  return Array.from({ length: count }, (_, index) =>
    id === undefined ? randomUUID() : `${id}-${index + 1}`,
  );
}

async function readData(target: string, text: string | undefined, io: Io): Promise<unknown> {
  if (text === undefined)
    throw usageFailure(
      `what shall be published to ${oneLine(target)}? Give JSON, - to read it from stdin, or '' for an empty message`,
    );
  if (text === '') return undefined;
  const source = text === '-' ? await readStdin(io) : text;
  try {
    const data: unknown = JSON.parse(source);
    refuseRounding(source);
    return data;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const from = text === '-' ? 'stdin' : `'${oneLine(source.slice(0, 60))}'`;
    const hint = text === '-' ? '' : '; quote it for the shell, or pass - and send it on stdin';
    throw usageFailure(`${from} is no JSON: ${oneLine(messageOf(cause))}${hint}`);
  }
}

function refuseRounding(source: string): void {
  const integer = roundedInteger(source);
  if (integer === undefined) return;
  throw usageFailure(
    `${integer} would be stored as another number: JavaScript keeps every digit of integers up to 9007199254740991 only; write it as text, in quotes`,
  );
}

async function readStdin({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > STDIN_MAX_BYTES)
      throw new Failure('stdin holds more than 64 MiB, the most that a server can take');
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function show(stored: AsyncIterable<Stored>, flags: Flags, io: Io): Promise<void> {
  let count = 0;
  let duplicates = 0;
  let first: Stored | undefined;
  let last: Stored | undefined;
  for await (const each of stored) {
    if (flags.json) io.json(each);
    count++;
    if (each.duplicate) duplicates++;
    first ??= each;
    last = each;
  }
  if (flags.json || first === undefined || last === undefined) return;
  const { style } = io;
  const where = `${style.bold(oneLine(first.stream))}`;
  if (count === 1) {
    const twice = first.duplicate ? style.yellow(' (duplicate: this id was stored before)') : '';
    io.out(`stored in ${where}, seq ${first.seq}, id ${oneLine(first.id)}${twice}`);
    return;
  }
  const twice = duplicates > 0 ? style.yellow(`, ${duplicates} of them before (duplicates)`) : '';
  io.out(`${count} messages stored in ${where}, seq ${first.seq} to ${last.seq}${twice}`);
}
