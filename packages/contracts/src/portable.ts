/**
 * What may travel. One walk over a value before it is encoded, so that nothing is lost or changed
 * silently and nothing is sent that readers would refuse. About 0.1 microseconds for a small object.
 */
import type { DecodeLimits } from './codec.ts';
import { defaultLimits } from './codec.ts';
import { show } from './show.ts';

/** What a format can carry beyond JSON's values. */
export interface Portable {
  /** `Uint8Array`, `NaN` and the infinities. */
  readonly binary: boolean;
}

/**
 * Throws a `TypeError` that names the place and what to send instead, if `value` cannot travel.
 * Returns whether it has undefined fields or items.
 */
export function checkPortable(value: unknown, format: Portable): boolean {
  // A `toJSON` on the way may encode something itself, so the state of this walk is kept aside.
  const outerElements = elements;
  const outerUndefined = hasUndefined;
  elements = 0;
  hasUndefined = false;
  try {
    const problem = value === undefined ? ' is undefined: send null' : look(value, 0, format);
    if (problem !== undefined) throw new TypeError(`data${shorten(problem)}`);
    return hasUndefined;
  } finally {
    elements = outerElements;
    hasUndefined = outerUndefined;
  }
}

// State of the walk under way.
let elements = 0;
let hasUndefined = false;
const limits: DecodeLimits = defaultLimits;

/** `.path is wrong` in words, or undefined. */
function look(value: unknown, depth: number, format: Portable): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'undefined':
      hasUndefined = true;
      return undefined;
    case 'number':
      if (format.binary || Number.isFinite(value)) return undefined;
      return ` is ${value}, which JSON has no word for`;
    case 'object':
      return value === null ? undefined : lookInto(value, depth, format);
    case 'bigint':
      return ` is ${show(value)}: send a bigint as a string`;
    default:
      return ` is a ${typeof value}, which cannot travel`;
  }
}

function lookInto(value: object, depth: number, format: Portable): string | undefined {
  if (depth >= limits.maxDepth) {
    return ` is more than ${limits.maxDepth} levels deep, or refers to itself`;
  }
  if (Array.isArray(value)) return lookIntoArray(value, depth, format);
  const maker: unknown = value.constructor;
  if (maker !== Object && maker !== undefined) {
    const special = lookAtInstance(value, depth, format);
    if (special !== GO_ON) return special;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields) {
    if (++elements > limits.maxElements) return TOO_MANY;
    if (key === '__proto__') return ' has a field "__proto__", which readers refuse';
    const field = fields[key];
    if (typeof field === 'string') continue;
    const problem = look(field, depth + 1, format);
    if (problem !== undefined) return `.${key}${problem}`;
  }
  return undefined;
}

function lookIntoArray(
  value: readonly unknown[],
  depth: number,
  format: Portable,
): string | undefined {
  elements += value.length;
  if (elements > limits.maxElements) return TOO_MANY;
  for (let i = 0; i < value.length; i++) {
    const problem = look(value[i], depth + 1, format);
    if (problem !== undefined) return `[${i}]${problem}`;
  }
  return undefined;
}

/** Dates, bytes and what has a JSON form of its own; `GO_ON` for instances that are only fields. */
function lookAtInstance(value: object, depth: number, format: Portable): string | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? ' is an invalid date' : undefined;
  }
  if (value instanceof Uint8Array) {
    return format.binary ? undefined : ' is binary: send it by msgpack, or as base64 text';
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return ' is binary but no Uint8Array: wrap it in one';
  }
  if (value instanceof Map) return ' is a Map: send an object, or a list of pairs';
  if (value instanceof Set) return ' is a Set: send a list';
  if (value instanceof RegExp) return ' is a RegExp: send its source';
  if (value instanceof Error) return ' is an Error: send its message';
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? look(toJSON.call(value), depth + 1, format) : GO_ON;
}

const GO_ON = '';
const TOO_MANY = ` has more than ${limits.maxElements} elements, which readers refuse`;

/** The path to something very deep is long: its beginning and the words at its end will do. */
function shorten(problem: string): string {
  return problem.length <= 200 ? problem : `${problem.slice(0, 60)} ... ${problem.slice(-100)}`;
}
