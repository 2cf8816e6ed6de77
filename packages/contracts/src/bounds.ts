/**
 * One pass over encoded bytes that refuses what would be costly or dangerous to decode: too deep,
 * too many elements, lengths beyond the end, trailing bytes, `__proto__` keys, unknown extensions.
 * It builds nothing, so a bomb costs no more than its own length. Strings are skipped, not read.
 */
import type { DecodeLimits } from './codec.ts';

/** left[d] counts values still to come at depth d; for objects keys and values both count. Kept, as a pair for each message is garbage. */
const left: number[] = [];
const isMap: boolean[] = [];

/** What is wrong with msgpack bytes, in words; undefined if they can be decoded. */
export function msgpackProblem(bytes: Uint8Array, limits: DecodeLimits): string | undefined {
  const end = bytes.length;
  if (end > limits.maxBytes) return over('bytes', end, limits, 'maxBytes');
  left[0] = 1;
  isMap[0] = false;
  let depth = 0;
  let elements = 0;
  let at = 0;
  for (;;) {
    while (left[depth] === 0) {
      if (depth === 0) return at === end ? undefined : `${end - at} bytes follow the value`;
      depth--;
    }
    if (at >= end) return TRUNCATED;
    const remaining = left[depth] as number;
    left[depth] = remaining - 1;
    const token = bytes[at] as number;
    // Small integers, nil and booleans: one byte each.
    if (token < 0x80 || token >= 0xe0 || token === 0xc0 || token === 0xc2 || token === 0xc3) {
      at++;
      continue;
    }
    if (token >= 0xa0 && token < 0xc0) {
      const length = token & 0x1f;
      if (length === PROTO_LENGTH && isMap[depth] && (remaining & 1) === 0) {
        if (isProto(bytes, at + 1)) return PROTO;
      }
      at += 1 + length;
      if (at > end) return TRUNCATED;
      continue;
    }
    const container = token < 0xa0 || token >= 0xdc;
    if (container) {
      let count = token & 0x0f;
      let head = 1;
      if (token >= 0xdc) {
        const wide = (token & 1) === 1;
        head = wide ? 5 : 3;
        if (at + head > end) return TRUNCATED;
        count = wide ? uint32(bytes, at + 1) : uint16(bytes, at + 1);
      }
      const map = token < 0x90 || token >= 0xde;
      at += head;
      elements += count;
      if (elements > limits.maxElements) return over('elements', elements, limits, 'maxElements');
      if (depth + 1 > limits.maxDepth) return over('levels', depth + 1, limits, 'maxDepth');
      const values = map ? count * 2 : count;
      if (values > end - at) return TRUNCATED;
      depth++;
      left[depth] = values;
      isMap[depth] = map;
      continue;
    }
    const next = skipScalar(bytes, at, end, token);
    if (typeof next === 'string') return next;
    const key = isMap[depth] && (remaining & 1) === 0;
    if (key && next - at > PROTO_LENGTH && token >= 0xd9 && isProto(bytes, next - PROTO_LENGTH)) {
      return PROTO;
    }
    at = next;
  }
}

/** What is wrong with JSON text, in words; undefined if parsing it is safe. Not a syntax check. */
export function jsonProblem(bytes: Uint8Array, limits: DecodeLimits): string | undefined {
  const end = bytes.length;
  if (end > limits.maxBytes) return over('bytes', end, limits, 'maxBytes');
  let depth = 0;
  let elements = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at++;
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else if (byte === COMMA) {
      elements++;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth++;
      // The first element has no comma before it.
      if (!closesNext(bytes, at + 1)) elements++;
      if (depth > limits.maxDepth) return over('levels', depth, limits, 'maxDepth');
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      depth--;
    }
    if (elements > limits.maxElements) return over('elements', elements, limits, 'maxElements');
  }
  return undefined;
}

/** Words for a `__proto__` key, which could change the prototype of what it is copied into. */
export const PROTO = 'it has a key "__proto__", which is refused';

const TRUNCATED = 'the bytes end in the middle of a value';
const PROTO_LENGTH = 9;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** `__proto__` */
const PROTO_BYTES = [0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f];
const TIMESTAMP = 0xff;

/** Where the value after a string, binary, number or extension starts; or what is wrong with it. */
function skipScalar(bytes: Uint8Array, at: number, end: number, token: number): number | string {
  let next: number;
  switch (token) {
    case 0xcc:
    case 0xd0:
      next = at + 2;
      break;
    case 0xcd:
    case 0xd1:
      next = at + 3;
      break;
    case 0xca:
    case 0xce:
    case 0xd2:
      next = at + 5;
      break;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      next = at + 9;
      break;
    case 0xc4:
    case 0xd9:
      if (at + 2 > end) return TRUNCATED;
      next = at + 2 + (bytes[at + 1] as number);
      break;
    case 0xc5:
    case 0xda:
      if (at + 3 > end) return TRUNCATED;
      next = at + 3 + uint16(bytes, at + 1);
      break;
    case 0xc6:
    case 0xdb:
      if (at + 5 > end) return TRUNCATED;
      next = at + 5 + uint32(bytes, at + 1);
      break;
    default:
      return skipExtension(bytes, at, end, token);
  }
  return next > end ? TRUNCATED : next;
}

/** Only timestamps (type -1 of 4, 8 or 12 bytes) and undefined (type 0 of 1 byte) are known. */
function skipExtension(bytes: Uint8Array, at: number, end: number, token: number): number | string {
  let type = at + 1;
  let length: number;
  if (token === 0xd4) length = 1;
  else if (token === 0xd6) length = 4;
  else if (token === 0xd7) length = 8;
  else if (token === 0xc7) {
    length = bytes[at + 1] ?? 0;
    type = at + 2;
  } else return `byte 0x${token.toString(16)} begins no value that is known here`;
  if (type + 1 + length > end) return TRUNCATED;
  const known =
    token === 0xd4
      ? bytes[type] === 0 && bytes[type + 1] === 0
      : bytes[type] === TIMESTAMP && (token !== 0xc7 || length === 12);
  if (!known) return `extension type ${bytes[type]} of ${length} bytes is not known here`;
  return type + 1 + length;
}

function closesNext(bytes: Uint8Array, from: number): boolean {
  let at = from;
  // Space, tab, line feed and carriage return are all that JSON knows as white space.
  while (bytes[at] === 0x20 || bytes[at] === 9 || bytes[at] === 10 || bytes[at] === 13) at++;
  return bytes[at] === CLOSE_ARRAY || bytes[at] === CLOSE_OBJECT;
}

function isProto(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < PROTO_LENGTH; i++) if (bytes[at + i] !== PROTO_BYTES[i]) return false;
  return true;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) >>> 0) + uint16(bytes, at + 2);
}

function over(
  what: string,
  found: number,
  limits: DecodeLimits,
  limit: keyof DecodeLimits,
): string {
  return `it has ${found} ${what} or more; at most ${limits[limit]} are accepted: send less, or raise limits.${limit} of its reader`;
}
