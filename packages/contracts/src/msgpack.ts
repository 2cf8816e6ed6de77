import type { Options } from 'msgpackr';
import { Packr } from 'msgpackr';
import { msgpackProblem } from './bounds.ts';
import type { Codec, DecodeLimits } from './codec.ts';
import { defaultLimits } from './codec.ts';
import { JetlaneError } from './error.ts';
import { checkPortable } from './portable.ts';
import { reasonOf } from './show.ts';

/**
 * The default codec: more compact than JSON. Plain MessagePack that any
 * language reads.
 *
 * What comes back equal: null, booleans, strings, numbers (-0 as 0), arrays, plain objects, valid
 * dates to the millisecond, and `Uint8Array`. As in JSON, undefined fields are dropped, undefined
 * items become null, and instances travel as what `toJSON` gives or else as their fields. Bigints,
 * maps, sets, functions and other binary types are refused before anything is sent.
 *
 * Decoding is bounded and throws only `DECODE_FAILED`: over the limits, truncated, trailing bytes,
 * `__proto__` keys, extensions other than timestamps. Integers beyond the safe ones, which only
 * other languages send, come as bigint. Invalid UTF-8 becomes U+FFFD.
 */
export const msgpack: Codec = Object.freeze({
  contentType: 'application/msgpack',
  encode: (value: unknown): Uint8Array => {
    return checkPortable(value, BINARY) ? droppingPackr.encode(value) : packr.encode(value);
  },
  decode: (bytes: Uint8Array, limits: DecodeLimits = defaultLimits): unknown => {
    const problem = msgpackProblem(bytes, limits);
    if (problem !== undefined) throw refused(problem);
    try {
      // Of a Buffer it would make Buffers.
      if (bytes.length > scratch.length)
        return packr.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
      scratch.set(bytes);
      return packr.decode(scratch, bytes.length);
    } catch (cause) {
      throw refused(reasonOf(cause), cause);
    }
  },
});

const BINARY = { binary: true };

const OPTIONS = {
  useRecords: false,
  mapsAsObjects: true,
  moreTypes: false,
  variableMapSize: true,
  copyBuffers: true,
  int64AsType: 'auto',
};

const packr = new Packr({ ...OPTIONS } as unknown as Options);

/** Drops undefined fields, which takes longer, so it is used only where there are some. */
const droppingPackr = new Packr({
  ...OPTIONS,
  skipValues: [undefined],
  encodeUndefinedAsNil: true,
} as unknown as Options);

/**
 * Small payloads are decoded from here: msgpackr makes a DataView for each view that it is given, and keeps this one's. Nothing
 * that was decoded refers to these bytes, as `copyBuffers` is set.
 */
const scratch = new Uint8Array(4_096);

function refused(problem: string, cause?: unknown): JetlaneError {
  return new JetlaneError('DECODE_FAILED', `cannot read the payload as msgpack: ${problem}`, {
    cause,
  });
}
