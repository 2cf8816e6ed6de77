/** Option values of a plan: each parser turns text into a value, or says what was expected. */
import { InvalidArgumentError } from 'commander';

/** A decimal number from `min` (or just above it) to `max`; `k` and `M` at its end multiply. */
export function decimal(
  min: number,
  max: number,
  { above = false }: { readonly above?: boolean } = {},
): (text: string) => number {
  return (text) => {
    const [, digits, factor = ''] = /^(\d[\d_,]*(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
    const value = Number(digits?.replaceAll(/[_,]/g, '')) * (FACTORS[factor] ?? 1);
    if (value <= max && (above ? value > min : value >= min)) return value;
    const range = above ? `above ${min}, at most ${max}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`expected a number ${range}.`);
  };
}

/** A time such as `500ms`, `4s`, `2m`, `1h`, `30d`, in milliseconds, up to ten years. */
export function time(minMs: number): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
    const ms = Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
    if (ms >= minMs && ms <= TEN_YEARS_MS) return ms;
    throw new InvalidArgumentError(
      `expected a time from ${minMs}ms to 3650d, such as '500ms', '4s', '2m', '1h' or '30d'.`,
    );
  };
}

/** Bytes such as `32GiB` or `512MB`, up to a pebibyte. */
export function amountOfBytes(text: string): number {
  const [, digits, prefix = '', binary] = /^(\d+(?:\.\d+)?)\s?([kKMGT]?)(i?)B?$/.exec(text) ?? [];
  const base = binary === 'i' ? 1024 : 1000;
  const bytes = Number(digits) * base ** ['', 'K', 'M', 'G', 'T'].indexOf(prefix.toUpperCase());
  if (bytes >= 1024 && bytes <= 1024 ** 5) return Math.round(bytes);
  throw new InvalidArgumentError(
    "expected bytes from 1KiB to 1024TiB, such as '32GiB' or '500MB'.",
  );
}

const FACTORS: Readonly<Record<string, number>> = { k: 1_000, M: 1_000_000 };
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const TEN_YEARS_MS = 3_650 * 86_400_000;
