/**
 * Text from elsewhere (subjects, headers, error messages, payloads) made safe to print: control characters, which
 * could move the cursor or change the terminal, and characters that reverse the reading direction become `\uXXXX`.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escapeCharacter);
}

/** As {@link printable}, on one line: line breaks and tabs are escaped too. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE_OR_BREAK, escapeCharacter);
}

/** The first `max` characters, with an ellipsis where something was cut. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`;
}

/** JSON that stands in a document as it is, with every digit of its numbers. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value as one line of JSON. What JSON has no form for becomes text: bigints, binary (base64), maps, sets. */
export function toJsonText(value: unknown): string {
  return written(value) ?? 'null';
}

/** Control characters but line breaks and tabs, marks and overrides of the reading direction. */
const UNSAFE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNSAFE_OR_BREAK = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As `JSON.stringify`, which cannot be told to leave a text as it is. Undefined is left out of objects. */
function written(value: unknown): string | undefined {
  if (value instanceof JsonText) return value.text;
  const plain = toPlain(value);
  if (typeof plain !== 'object' || plain === null) return JSON.stringify(plain);
  if ('toJSON' in plain && typeof plain.toJSON === 'function') return written(plain.toJSON());
  if (Array.isArray(plain)) return `[${plain.map((item) => written(item) ?? 'null').join()}]`;
  const fields = Object.entries(plain).flatMap(([name, own]) => {
    const text = written(own);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${fields.join()}}`;
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}
