/** Option values: each parser turns text into a value, or says what was expected. */
import { type Duration, durationProblem, toMs } from '@jetlane/contracts';
import { InvalidArgumentError } from 'commander';

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`expected a whole number ${range}.`);
  };
}

/** A duration such as `200ms`, `30s`, `1h`, in milliseconds. */
export function durationMs(text: string): number {
  if (durationProblem(text, 'it') === undefined) return toMs(text as Duration);
  throw new InvalidArgumentError("expected a duration such as '200ms', '30s', '2m', '1h' or '7d'.");
}

/** How far back, or since when: a duration before now, or a date as ISO 8601 has it. In milliseconds since 1970. */
export function since(text: string, nowMs: number = Date.now()): number {
  if (durationProblem(text, 'it') === undefined) return nowMs - toMs(text as Duration);
  const dateMs = /^\d{4}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (dateMs > nowMs) throw new InvalidArgumentError('that time has not come yet.');
  if (!Number.isNaN(dateMs)) return dateMs;
  throw new InvalidArgumentError(
    "expected a duration such as '1h' or a date such as '2026-01-31T12:00:00Z'.",
  );
}

/** Names separated by commas; may be given several times. */
export function names(text: string, before: readonly string[] | undefined): string[] {
  const found = text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  if (found.length === 0)
    throw new InvalidArgumentError('expected a name, or several separated by commas.');
  return [...(before ?? []), ...found];
}

/** `name: value`, as headers are written; may be given several times. */
export function header(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const at = text.indexOf(':');
  const name = text.slice(0, Math.max(at, 0)).trim();
  if (name === '') throw new InvalidArgumentError("expected 'name: value'.");
  return { ...before, [name]: text.slice(at + 1).trim() };
}
