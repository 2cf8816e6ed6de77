/** Values as JSON text that can be shown: nothing in it changes the order in which it is read, and its length has an end. */
import { indentJson } from '../json.ts';

/** A decoded value as JSON, indented by two spaces. */
export function toPrettyText(value: unknown): string {
  return harmless(indentJson(toJson(value)));
}

/**
 * A decoded value as JSON on one line. Integers that only a bigint can hold keep every digit. What JSON has no form for becomes
 * text: binary (base64), `NaN`, the infinities.
 */
export function toJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join()}]`;
  const fields = Object.entries(value).map(([key, own]) => `${JSON.stringify(key)}:${toJson(own)}`);
  return `{${fields.join()}}`;
}

/** Text as a JSON string that can be shown. */
export function quoted(text: string): string {
  return harmless(JSON.stringify(text));
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
