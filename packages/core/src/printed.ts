/** A few words for what a caller gave, which may be anything: it never throws, and never fills the message that it stands in. */
export function printed(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  try {
    const text = String(value);
    if (text.startsWith('[object ')) return 'an object';
    return text.length > PRINTED_MAX ? `${text.slice(0, PRINTED_MAX)}...` : text;
  } catch {
    return 'a value that cannot be shown';
  }
}

/** The same as its author wrote it: a text in quotes. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? `'${printed(value)}'` : printed(value);
}

const PRINTED_MAX = 64;
