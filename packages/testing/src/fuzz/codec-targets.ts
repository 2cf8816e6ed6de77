/** Bytes from the wire: both codecs within limits, and whole messages with their headers. */
import { isDeepStrictEqual } from 'node:util';
import { type Codec, event, json, type Message, msgpack } from '@jetlane/core';
import { catalog, decodeMessage, type RawMessage } from '@jetlane/core/internals';
import { plainSchema } from '../plain-schema.ts';
import type { Dice } from '../simulation/dice.ts';
import { assert, type FuzzTarget, refusing } from './fuzz.ts';
import { plainValue, TEXTS } from './garbage.ts';
import { joined, mutateBytes, mutateText, randomBytes } from './mutate.ts';

const LIMITS = { maxDepth: 8, maxElements: 200, maxBytes: 4_096 };

interface Encoded {
  readonly bytes: Uint8Array;
  /** What it has to become; absent where it may be anything. */
  readonly value?: unknown;
}

/** msgpack: damaged values, tokens with lengths that lie, bombs of nested containers, noise. */
export const msgpackTarget: FuzzTarget<Encoded> = {
  name: 'msgpack',
  make: (dice) => encodedBy(msgpack, dice, (own) => msgpackTokens(own)),
  run: (input) => decodes(msgpack, input),
  show: ({ bytes }) => bytes,
};

/** JSON: damaged texts, bombs, escapes, numbers and keys that readers trip over, noise. */
export const jsonTarget: FuzzTarget<Encoded> = {
  name: 'json',
  make: (dice) => encodedBy(json, dice, (own) => jsonText(own)),
  run: (input) => decodes(json, input),
  show: ({ bytes }) => bytes,
};

interface Raw {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Messages as a worker gets them, headers of strangers and of Jetlane mixed. */
export const messageTarget: FuzzTarget<Raw> = {
  name: 'message',
  make: (dice) => ({
    subject: mutateText('orders.placed.o-1', dice, TEXTS),
    payload: encodedBy(dice.chance(0.5) ? json : msgpack, dice, (own) => randomBytes(own, 64))
      .bytes,
    headers: headersOf(dice),
  }),
  run: ({ subject, payload, headers }) => {
    const raw: RawMessage = {
      subject,
      payload,
      seq: 1,
      attempt: 1,
      timeMs: 0,
      header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
      headers: () => ({ ...headers }),
    };
    const codes = ['TYPE_UNKNOWN', 'DECODE_FAILED', 'VALIDATION_FAILED'];
    for (const validate of ['always', 'foreign'] as const) {
      const message = refusing(codes, () =>
        decodeMessage(Known, raw, { validate, limits: LIMITS }),
      );
      if (message !== undefined) JSON.stringify((message as Message).headers);
    }
  },
  show: ({ subject, payload, headers }) =>
    JSON.stringify({ subject, payload: Buffer.from(payload).toString('hex'), headers }),
};

const OrderPlaced = event('OrderPlaced', {
  subject: 'orders.placed.{orderId}',
  schema: plainSchema<{ orderId: string }>((value) => typeof value === 'object' && value !== null),
});
const Known = catalog([OrderPlaced]);

function encodedBy(codec: Codec, dice: Dice, raw: (dice: Dice) => Uint8Array): Encoded {
  if (dice.chance(0.1)) return { bytes: randomBytes(dice, 64) };
  if (dice.chance(0.3)) return { bytes: raw(dice) };
  const value = plainValue(dice);
  const bytes = codec.encode(value);
  return dice.chance(0.1) ? { bytes, value } : { bytes: mutateBytes(bytes, dice) };
}

function decodes(codec: Codec, input: Encoded): void {
  const decoded = refusing(['DECODE_FAILED'], () => ({ value: codec.decode(input.bytes, LIMITS) }));
  assert(Object.keys(Object.prototype).length === 0, 'Object.prototype was changed');
  if (decoded === undefined) {
    assert(!('value' in input) || isOver(input), 'a valid value was refused');
    return;
  }
  const { depth, elements } = measured(decoded.value);
  assert(depth <= LIMITS.maxDepth, `depth ${depth} was let through`);
  assert(elements <= LIMITS.maxElements, `${elements} elements were let through`);
  assert(input.bytes.length <= LIMITS.maxBytes, `${input.bytes.length} bytes were let through`);
  if ('value' in input)
    assert(isDeepStrictEqual(decoded.value, input.value), 'it changed on its way');
}

function isOver({ bytes, value }: Encoded): boolean {
  const { depth, elements } = measured(value);
  return depth > LIMITS.maxDepth || elements > LIMITS.maxElements || bytes.length > LIMITS.maxBytes;
}

function measured(value: unknown): { depth: number; elements: number } {
  if (
    typeof value !== 'object' ||
    value === null ||
    value instanceof Uint8Array ||
    value instanceof Date
  )
    return { depth: 0, elements: 0 };
  assert(!Object.hasOwn(value, '__proto__'), 'a key __proto__ was let through');
  let depth = 0;
  let elements = 0;
  for (const item of Object.values(value)) {
    const inner = measured(item);
    depth = Math.max(depth, inner.depth);
    elements += inner.elements + 1;
  }
  return { depth: depth + 1, elements };
}

const LENGTHS = [0, 1, 2, 5, 31, 32, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0xffff_ffff];

function msgpackTokens(dice: Dice): Uint8Array {
  if (dice.chance(0.2)) {
    const opener = dice.pick([0x91, 0x81, 0x92, 0xdc, 0xdd]);
    return new Uint8Array(dice.pick([9, 64, 65, 5_000])).fill(opener);
  }
  const parts: Uint8Array[] = [];
  for (let count = dice.between(1, 12); count > 0; count--) {
    const token = dice.chance(0.3) ? dice.between(0x80, 0xff) : dice.between(0xc0, 0xdf);
    const length = new Uint8Array(dice.pick([0, 1, 2, 4]));
    const value = dice.pick(LENGTHS);
    for (let at = 0; at < length.length; at++)
      length[at] = (value / 256 ** (length.length - 1 - at)) & 0xff;
    parts.push(Uint8Array.of(token), length);
    if (dice.chance(0.3))
      parts.push(Buffer.from(dice.pick(['__proto__', 'a', 'constructor', 'é'])));
    if (dice.chance(0.3)) parts.push(randomBytes(dice, 12));
  }
  return joined(...parts);
}

const JSON_WORDS = [
  ...TEXTS,
  '{"__proto__":{"x":1}}',
  '{"\\u005f_proto__":1}',
  '"\\ud800"',
  '\\',
  '"',
  ',',
  ':',
  '[[[[[[[[[[',
  '{"a":'.repeat(9),
  '1e9999',
  '-0',
  '\ufeff',
  'null',
];

function jsonText(dice: Dice): Uint8Array {
  if (dice.chance(0.2))
    return Buffer.from(dice.pick(['[', '{"a":', '[[],']).repeat(dice.pick([9, 64, 5_000])));
  return Buffer.from(mutateText(JSON.stringify(plainValue(dice)), dice, JSON_WORDS));
}

const NAMES = [
  'ce-type',
  'ce-dataschema',
  'ce-datacontenttype',
  'ce-id',
  'content-type',
  'Nats-Msg-Id',
];
const VALUES = [
  'OrderPlaced',
  'jetlane:OrderPlaced/1',
  'jetlane:OrderPlaced/2',
  'jetlane:/1',
  'application/json',
  'application/msgpack; charset=x',
  'text/plain',
  ...TEXTS,
];

function headersOf(dice: Dice): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let count = dice.between(0, 4); count > 0; count--)
    Object.defineProperty(headers, dice.chance(0.8) ? dice.pick(NAMES) : dice.pick(TEXTS), {
      value: mutateText(dice.pick(VALUES), dice.chance(0.5) ? dice : dice.of('x'), TEXTS),
      enumerable: true,
      configurable: true,
    });
  return headers;
}
