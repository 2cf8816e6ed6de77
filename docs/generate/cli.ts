/** The command line, as Markdown, from its tree of commands: the same words that `--help` prints. */
import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { createProgram } from '../../cmd/jetlane/src/program.ts';

/** A command with what is printed below its help. */
interface Described {
  readonly command: Command;
  /** As one types it: `jetlane dlq ls`. */
  readonly name: string;
}

/** Every command of the tree that does something, in its order. */
export function commands(): Described[] {
  return described(quietProgram(), 'jetlane');
}

/** The page: each command, its arguments, its options, its examples; the connection flags once. */
export function cliPage(): string {
  const all = commands();
  const shared = all
    .map(({ command }) => connectionOptions(command))
    .find((some) => some.length > 0);
  return [
    '## How to reach a server',
    'Every command that needs a server takes these flags. What is typed wins over `--context`, that over the environment, and that over the selected context of the nats CLI.',
    optionTable(shared ?? []),
    ...all.flatMap(section),
    '',
  ].join('\n\n');
}

function section({ command, name }: Described): string[] {
  const options = command.options.filter((option) => !option.hidden && !isConnection(option));
  const reaches = connectionOptions(command).length > 0;
  const usage = `${name} ${command.usage()}`
    .replace('[options] ', '')
    .replace(/\[options\]/, '[flags]');
  return [
    `## ${name}`,
    prose(command.description()),
    fence('sh', usage),
    ...(command.registeredArguments.length > 0 ? [argumentTable(command)] : []),
    ...(options.length > 0 ? [optionTable(options)] : []),
    ...(reaches ? ['Takes the [connection flags](#how-to-reach-a-server).'] : []),
    ...examplesOf(command),
  ];
}

function described(command: Command, name: string): Described[] {
  return command.commands.flatMap((child) => {
    const path = `${name} ${child.name()}`;
    if (child.name() === 'help') return [];
    return child.commands.length > 0 ? described(child, path) : [{ command: child, name: path }];
  });
}

/** What a command prints below its help, as a block for the shell. */
function examplesOf(command: Command): string[] {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write });
  const lines = text.split('\n').flatMap((line) => {
    const [, typed, does] = /^ {2}\$ (.*?) {2,}(\S.*)$/.exec(line) ?? [];
    return typed === undefined ? [] : [`${typed} # ${does}`];
  });
  return lines.length === 0 ? [] : [fence('sh', lines.join('\n'))];
}

function argumentTable(command: Command): string {
  return table(
    ['argument', ''],
    command.registeredArguments.map((argument) => [
      code(argument.name()),
      `${cell(argument.description)}${argument.required ? '' : ' (may be left out)'}`,
    ]),
  );
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['flag', '', 'default'],
    options.map((option) => {
      const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`;
      return [code(option.flags), cell(option.description) + choices, defaultWords(option)];
    }),
  );
}

function defaultWords({ defaultValue, negate }: Option): string {
  if (negate || defaultValue === undefined || defaultValue === false) return '';
  return code(String(defaultValue));
}

function connectionOptions(command: Command): readonly Option[] {
  return command.options.filter(isConnection);
}

function isConnection(option: Option): boolean {
  return option.helpGroupHeading === 'Connection:';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function cell(text: string): string {
  return prose(text).replaceAll('|', '\\|');
}

/** Descriptions are plain text: flags in them read better as code, and nothing is a tag. */
function prose(text: string): string {
  return text
    .replaceAll('<', '&lt;')
    .replaceAll(/(^|[\s(])(--[a-z-]+)/g, '$1`$2`')
    .replaceAll(/'(jetlane [^']*|[a-z]+\.[>*])'/g, '`$1`');
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A program that prints nothing and runs nothing. */
function quietProgram(): Command {
  const plain = (text: string) => text;
  const style = new Proxy({ enabled: false }, { get: (on, name) => (name in on ? false : plain) });
  const io = { out: plain, err: plain, json: plain, tty: false, columns: 1000, env: {} };
  const shell = { io: { ...io, style, errStyle: style }, exitCode: 0 };
  return createProgram(shell as unknown as Parameters<typeof createProgram>[0]);
}
