import { jsonProblem, PROTO } from './bounds.ts';
import type { Codec, DecodeLimits } from './codec.ts';
import { defaultLimits } from './codec.ts';
import { JetlaneError } from './error.ts';
import { checkPortable } from './portable.ts';
import { reasonOf } from './show.ts';

/**
 * JSON, readable in any NATS tool. What comes back is what `JSON` gives: dates as text (declare them
 * with a coercing schema), undefined fields dropped. What JSON would lose is refused before anything
 * is sent: `NaN`, the infinities, binary, bigints, maps, sets, functions.
 *
 * Decoding is bounded and throws only `DECODE_FAILED`: over the limits, not JSON, invalid UTF-8,
 * `__proto__` keys.
 */
export const json: Codec = Object.freeze({
  contentType: 'application/json',
  encode: (value: unknown): Uint8Array => {
    checkPortable(value, TEXT);
    return encoder.encode(JSON.stringify(value));
  },
  decode: (bytes: Uint8Array, limits: DecodeLimits = defaultLimits): unknown => {
    const problem = jsonProblem(bytes, limits);
    if (problem !== undefined) throw refused(problem);
    let text: string;
    let value: unknown;
    try {
      text = decoder.decode(bytes);
      value = JSON.parse(text);
    } catch (cause) {
      throw refused(reasonOf(cause), cause);
    }
    if (MAY_HAVE_PROTO.test(text) && hasProto(value)) throw refused(PROTO);
    return value;
  },
});

const TEXT = { binary: false };
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A key may also be spelt with escapes, so those are looked at more closely. */
const MAY_HAVE_PROTO = /__proto__|\\u00/;

/** Recursion is safe: the depth was bounded before parsing. */
function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some(hasProto);
}

function refused(problem: string, cause?: unknown): JetlaneError {
  return new JetlaneError('DECODE_FAILED', `cannot read the payload as JSON: ${problem}`, {
    cause,
  });
}
