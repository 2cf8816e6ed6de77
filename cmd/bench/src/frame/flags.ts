/** Option values and the flags that several benchmarks share: each parser turns text into a value, or says what was expected. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { POSITION_BYTES_MIN } from '../measure/position.ts';

/** A whole number from `min` to `max`; `k` and `M` at its end multiply. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const [, digits, factor = ''] = /^([\d_,]+(?:\.\d+)?)([kKmM]?)$/.exec(text) ?? [];
    const value = Number(digits?.replaceAll(/[_,]/g, '')) * (FACTORS[factor.toLowerCase()] ?? 1);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`expected a whole number ${range}.`);
  };
}

/** A duration such as `500ms`, `10s`, `2m`, in milliseconds, from `minMs` to a day. */
export function duration(minMs = 1): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
    if (!Number.isFinite(ms))
      throw new InvalidArgumentError("expected a duration such as '500ms', '10s', '2m' or '1h'.");
    if (ms >= minMs && ms <= 86_400_000) return ms;
    throw new InvalidArgumentError(`expected a duration from ${minMs}ms to 24h.`);
  };
}

/** An option that takes a {@link duration}, and shows its default as one would type it. */
export function durationOption(flags: string, words: string, byDefault: string, minMs = 1): Option {
  const parse = duration(minMs);
  return new Option(flags, words).argParser(parse).default(parse(byDefault), byDefault);
}

/** Bytes, such as `128`, `4KB`, `64KiB`, `1MiB`, from `min`. */
export function bytes(min: number, max = 64 * 1024 * 1024): (text: string) => number {
  return (text) => {
    const [, digits, prefix = '', binary] = /^(\d+)\s?([kKmM]?)(i?)[bB]?$/.exec(text) ?? [];
    const base = binary === 'i' ? 1024 : 1000;
    const value = Number(digits) * base ** ['', 'k', 'm'].indexOf(prefix.toLowerCase());
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected bytes from ${min} to ${max}, such as '128', '4KiB'.`);
  };
}

/** A file to write results into. Whether that is possible is looked at before anything is measured, not after it. */
export function resultFile(file: string): string {
  const folder = dirname(resolve(file));
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError('that is a folder: name a file in it.');
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new InvalidArgumentError(`the folder ${folder} is not there, or not writable.`);
  }
  return file;
}

/** How results are printed. */
export interface OutputFlags {
  readonly json?: boolean;
  /** True for stdout, or a file. */
  readonly csv?: boolean | string;
  readonly progress: boolean;
}

/** Which stream a benchmark makes. */
export interface StreamFlags {
  readonly stream?: string;
  readonly storage: 'file' | 'memory';
  readonly replicas: number;
  readonly purge?: boolean;
}

/** What the messages are like. */
export interface LoadFlags {
  readonly size: number;
  readonly keys: number;
}

/** Adds `--size` and `--keys`. */
export function addLoadFlags(command: Command): Command {
  return command
    .option('--size <bytes>', 'bytes of a message as JSON', bytes(POSITION_BYTES_MIN), 128)
    .option('--keys <n>', 'subjects, each with a lane of its own', integer(1, 1_000_000), 1_000);
}

/** Adds `--json`, `--csv`, `--no-progress`. */
export function addOutputFlags(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print one JSON document').conflicts('csv'))
    .option('--csv [file]', 'print comma-separated values, or write them to a file', resultFile)
    .option('--no-progress', 'no progress, also on a terminal');
}

/** Adds `--stream`, `--storage`, `--replicas`, `--purge`. */
export function addStreamFlags(command: Command): Command {
  return command
    .option(
      '--stream <name>',
      'name of the stream to create and remove again; refused when it exists (default: a new name)',
    )
    .addOption(
      new Option('--storage <kind>', 'where the stream is stored')
        .choices(['file', 'memory'])
        .default('file'),
    )
    .option(
      '--replicas <n>',
      'copies of the stream; its own server becomes a cluster',
      integer(1, 5),
      1,
    )
    .option('--purge', 'empty the stream between rounds (of nats bench; each round has it anyway)');
}

/** Adds examples to a command's help: what one would type, and what it does. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [typed: string, does: string])[],
): Command {
  const width = Math.max(...examples.map(([typed]) => typed.length));
  const lines = examples.map(([typed, does]) => `  $ ${typed.padEnd(width)}  ${does}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

const FACTORS: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 };
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
