/** Values as JSON text that can be shown: nothing in it changes the order in which it is read, and its length has an end. */

/** Indented by two spaces. What JSON has no form for becomes text: bigints, binary (base64). */
export function toPrettyText(value: unknown): string {
  return harmless(JSON.stringify(value, replace, 2) ?? 'null');
}

/** On one line. */
export function toLineText(value: unknown): string {
  return harmless(JSON.stringify(value, replace) ?? 'null');
}

/** Control characters (line breaks and tabs too, where `line`) and marks that reverse the reading direction as `\uXXXX`. */
export function harmless(text: string, line = false): string {
  return text.replace(line ? UNSAFE_OR_BREAK : UNSAFE, escapeCharacter);
}

/** The first `max` characters, and never half of one. */
export function cutAt(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

const UNSAFE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNSAFE_OR_BREAK = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Sees values before `toJSON`: a Buffer would have turned itself into a list of numbers. */
function replace(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const own = this[key];
  if (own instanceof Uint8Array) return Buffer.from(own).toString('base64');
  return typeof own === 'bigint' ? own.toString() : value;
}
