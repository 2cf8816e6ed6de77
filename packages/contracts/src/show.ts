/** A value for an error message: short, on one line, and never throwing. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'a list' : 'an object';
    case 'function':
      return 'a function';
    case 'bigint':
      return `${value}n`;
    default:
      return String(value);
  }
}

/** The words of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? shorten(message, REASON_MAX) : show(thrown);
}

/** A text of at most `max` characters and a few: what is too much is cut out of its middle, as both ends say most. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = Math.floor(max / 3);
  return `${text.slice(0, max - end)} ... ${text.slice(-end)}`;
}

const SHOWN_MAX = 64;
const REASON_MAX = 1_000;
