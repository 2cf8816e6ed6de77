import { JetlaneError } from './error.ts';
import { show } from './show.ts';

/** `'200ms'`, `'30s'`, `'2m'`, `'1h'` or `'7d'`. Positive; parsed once, before anything runs. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** `'64KiB'`, `'1MiB'` or `'10GiB'`: powers of 1024. */
export type Size = `${number}${'B' | 'KiB' | 'MiB' | 'GiB' | 'TiB'}`;

/**
 * Milliseconds of a duration, rounded to whole ones. Throws `CONFIG_INVALID` unless it is a positive
 * decimal number and a unit, of at least 1 ms and at most what a server can store (292 years).
 *
 * @example
 * ```ts
 * toMs('1.5s'); // 1500
 * ```
 */
export function toMs(duration: Duration): number {
  const ms = parse(duration, DURATION, MS);
  if (isUsable(ms, DURATION_MAX_MS)) return ms;
  throw new JetlaneError('CONFIG_INVALID', durationWords(duration, 'duration'));
}

/**
 * Bytes of a size. Throws `CONFIG_INVALID` unless it is a positive decimal number and a unit that
 * give a whole number of bytes.
 *
 * @example
 * ```ts
 * toBytes('64KiB'); // 65536
 * ```
 */
export function toBytes(size: Size): number {
  const bytes = parse(size, SIZE, BYTES);
  if (isUsable(bytes, Number.MAX_SAFE_INTEGER)) return bytes;
  throw new JetlaneError('CONFIG_INVALID', sizeWords(size, 'size'));
}

/** What is wrong with the duration given for option `name`, in words; undefined if nothing is. */
export function durationProblem(value: unknown, name: string): string | undefined {
  if (isUsable(parse(value, DURATION, MS), DURATION_MAX_MS)) return undefined;
  return durationWords(value, name);
}

/** What is wrong with the size given for option `name`, in words; undefined if nothing is. */
export function sizeProblem(value: unknown, name: string): string | undefined {
  if (isUsable(parse(value, SIZE, BYTES), Number.MAX_SAFE_INTEGER)) return undefined;
  return sizeWords(value, name);
}

const DURATION = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/;
const SIZE = /^(\d{1,15}(?:\.\d{1,9})?)(B|KiB|MiB|GiB|TiB)$/;

const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** The server keeps durations as nanoseconds in 64 bits. */
const DURATION_MAX_MS = 9_223_372_036_854;

function parse(value: unknown, shape: RegExp, units: Readonly<Record<string, number>>): number {
  const found = typeof value === 'string' ? shape.exec(value) : null;
  if (!found) return Number.NaN;
  const amount = Number(found[1]) * (units[found[2] ?? ''] ?? Number.NaN);
  // 1.1 s is 1100.0000000000002 ms in binary: what is within a millionth of a whole number is one.
  const whole = Math.round(amount);
  return units === MS || Math.abs(amount - whole) < 1e-6 ? whole : Number.NaN;
}

function isUsable(amount: number, max: number): boolean {
  return amount >= 1 && amount <= max;
}

function durationWords(value: unknown, name: string): string {
  return `${name} must be a positive duration such as '200ms', '30s', '2m', '1h' or '7d', not ${show(value)}`;
}

function sizeWords(value: unknown, name: string): string {
  return `${name} must be a positive size such as '512B', '64KiB', '1MiB' or '10GiB', not ${show(value)}`;
}
