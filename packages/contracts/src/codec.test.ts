import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Codec, defaultLimits } from './codec.ts';
import { isJetlaneError } from './error.ts';
import { json } from './json.ts';
import { msgpack } from './msgpack.ts';

const refusal = (words: RegExp) =>
  expect.objectContaining({ code: 'DECODE_FAILED', message: expect.stringMatching(words) });
const bytes = (...list: number[]) => Uint8Array.from(list);
const text = (value: string) => new TextEncoder().encode(value);

/** JSON's values without -0 (which comes back as 0) and without keys that readers refuse. */
const jsonValue = fc
  .jsonValue({ maxDepth: 5, stringUnit: 'grapheme' })
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const rich = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, '', Number.NaN, Infinity, Number.MAX_SAFE_INTEGER),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double().map((number) => number + 0),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 300 }).map((array) => Uint8Array.from(array)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ maxLength: 12 }).filter((key) => key !== '__proto__'),
      tie('value'),
      {
        noNullPrototype: true,
      },
    ),
  ),
})).value;

describe.each([msgpack, json])('$contentType', (codec: Codec) => {
  test('brings JSON values back equal', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test('drops undefined fields and sends undefined items as null', () => {
    const value = { a: undefined, b: [undefined, 1], c: { d: undefined } };
    expect(codec.decode(codec.encode(value))).toStrictEqual({ b: [null, 1], c: {} });
  });

  test('sends instances as their fields, or as their toJSON gives', () => {
    class Point {
      x = 1;
    }
    const money = { toJSON: () => '42.00 EUR' };
    class Money {
      toJSON = money.toJSON;
    }
    const value = { at: new Point(), price: new Money(), none: Object.create(null) };
    const back = { at: { x: 1 }, price: '42.00 EUR', none: {} };
    expect(codec.decode(codec.encode(value))).toEqual(back);
  });

  test('names what cannot travel and where it is', () => {
    const ring: Record<string, unknown> = {};
    ring.ring = { ring };
    const cases: [unknown, RegExp][] = [
      [undefined, /^data is undefined/],
      [{ lines: [{ n: 10n }] }, /^data\.lines\[0\]\.n is 10n: send a bigint as a string/],
      [{ f: () => 1 }, /^data\.f is a function/],
      [{ s: Symbol('s') }, /^data\.s is a symbol/],
      [{ at: new Date(Number.NaN) }, /^data\.at is an invalid date/],
      [{ m: new Map() }, /is a Map/],
      [{ s: new Set() }, /is a Set/],
      [{ r: /x/ }, /is a RegExp/],
      [{ e: new Error('x') }, /is an Error/],
      [{ f: new Float64Array(2) }, /no Uint8Array/],
      [{ b: new ArrayBuffer(2) }, /no Uint8Array/],
      [ring, /more than 64 levels deep, or refers to itself/],
      [JSON.parse('{"a":{"__proto__":1}}'), /^data\.a has a field "__proto__"/],
      [new Array(100_001).fill(0), /more than 100000 elements/],
    ];
    for (const [value, words] of cases) expect(() => codec.encode(value)).toThrowError(words);
  });

  test('whatever it encodes it decodes', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }),
        (value) => {
          let encoded: Uint8Array;
          try {
            encoded = codec.encode(value);
          } catch {
            return;
          }
          codec.decode(encoded);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('counts elements alike when writing and when reading', () => {
    const full = new Array(100_000).fill([]);
    expect(codec.decode(codec.encode(full))).toHaveLength(100_000);
    let deep: unknown = 1;
    for (let i = 0; i < 64; i++) deep = i % 2 ? [deep] : { deep };
    expect(codec.decode(codec.encode(deep))).toEqual(deep);
    expect(() => codec.encode([deep])).toThrowError(/more than 64 levels/);
  });

  test('refuses what is over the limits before building it', () => {
    const deep = codec.encode([[['x']]]);
    expect(codec.decode(deep, { ...defaultLimits, maxDepth: 3 })).toEqual([[['x']]]);
    expect(() => codec.decode(deep, { ...defaultLimits, maxDepth: 2 })).toThrowError(
      refusal(/3 levels or more; at most 2/),
    );
    const wide = codec.encode({ a: [1, 2], b: 3 });
    expect(codec.decode(wide, { ...defaultLimits, maxElements: 4 })).toEqual({ a: [1, 2], b: 3 });
    expect(() => codec.decode(wide, { ...defaultLimits, maxElements: 3 })).toThrowError(
      refusal(/elements or more; at most 3/),
    );
    expect(() => codec.decode(wide, { ...defaultLimits, maxBytes: 5 })).toThrowError(
      refusal(/bytes or more; at most 5/),
    );
  });

  test('throws nothing but DECODE_FAILED, whatever the bytes', () => {
    const samples = [{ a: [1, 'two', null, { b: true }], c: 'x'.repeat(40) }, [[[]]], 'text', -1];
    const seeds = samples.map((sample) => Uint8Array.from(codec.encode(sample)));
    const random = generator(20260131);
    let decoded = 0;
    for (let run = 0; run < 60_000; run++) {
      const input =
        run % 2 ? mutate(seeds[run % seeds.length] as Uint8Array, random) : noise(random);
      try {
        codec.decode(input);
        decoded++;
      } catch (error) {
        if (!isJetlaneError(error, 'DECODE_FAILED')) throw error;
      }
    }
    expect(decoded).toBeGreaterThan(100);
    expect(decoded).toBeLessThan(60_000);
  });
});

describe('msgpack', () => {
  test('brings dates, bytes and every number back equal', () => {
    fc.assert(
      fc.property(rich, (value) => {
        const back = msgpack.decode(Uint8Array.from(msgpack.encode(value)));
        expect(back).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([3, 10_000])('copies %d bytes out of the buffer they arrived in', (length) => {
    const encoded = Uint8Array.from(msgpack.encode({ b: new Uint8Array(length).fill(1) }));
    const { b } = msgpack.decode(encoded) as { b: Uint8Array };
    encoded.fill(0);
    msgpack.decode(Uint8Array.from(msgpack.encode({ b: new Uint8Array(length).fill(2) })));
    expect(b).toEqual(new Uint8Array(length).fill(1));
  });

  test.each([3, 10_000])('gives %d bytes as Uint8Array, whatever they arrived in', (length) => {
    const encoded = Buffer.from(msgpack.encode({ b: new Uint8Array(length) }));
    const { b } = msgpack.decode(encoded) as { b: Uint8Array };
    expect(b.constructor).toBe(Uint8Array);
  });

  test('reads 64-bit integers of other languages, as bigint beyond the safe ones', () => {
    expect(msgpack.decode(bytes(0xcf, 0, 0, 0, 0, 0, 0, 0, 5))).toBe(5);
    expect(msgpack.decode(bytes(0xd3, ...Array(8).fill(0xff)))).toBe(-1);
    expect(msgpack.decode(bytes(0xcf, ...Array(8).fill(0xff)))).toBe(2n ** 64n - 1n);
  });

  test.each([
    ['nothing', bytes(), /end in the middle/],
    ['trailing bytes', bytes(1, 2), /1 bytes follow the value/],
    ['a cut string', bytes(0xa5, 0x61), /end in the middle/],
    ['a huge array', bytes(0xdd, 0xff, 0xff, 0xff, 0xff), /4294967295 elements/],
    ['an array longer than the bytes', bytes(0xdc, 0x01, 0x00), /end in the middle/],
    ['a huge binary', bytes(0xc6, 0xff, 0xff, 0xff, 0xff), /end in the middle/],
    ['a cut length', bytes(0xdb, 0, 0), /end in the middle/],
    ['nested bombs', new Uint8Array(5000).fill(0x91), /65 levels/],
    ['nested map bombs', new Uint8Array(5000).fill(0x81), /levels|key/],
    ['a record of msgpackr', bytes(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1), /extension type 114/],
    ['another extension', bytes(0xc7, 1, 0x74, 0), /extension type 116/],
    ['the byte that is never used', bytes(0xc1), /0xc1 begins no value/],
    ['an array as key', bytes(0x81, 0x90, 1), /cannot read/],
  ])('refuses %s', (_, input, words) => {
    expect(() => msgpack.decode(input)).toThrowError(refusal(words));
  });

  test.each([0xa9, 0xd9, 0xda, 0xdb])('refuses the key __proto__ written as 0x%s', (token) => {
    const heads: Record<number, number[]> = {
      169: [0xa9],
      217: [0xd9, 9],
      218: [0xda, 0, 9],
      219: [0xdb, 0, 0, 0, 9],
    };
    const proto = [...(heads[token] as number[]), ...text('__proto__')];
    expect(() => msgpack.decode(bytes(0x81, ...proto, 0x80))).toThrowError(refusal(/__proto__/));
    expect(msgpack.decode(bytes(0x81, 0xa1, 0x61, ...proto))).toEqual({ a: '__proto__' });
    expect(msgpack.decode(bytes(0x91, ...proto))).toEqual(['__proto__']);
  });
});

describe('json', () => {
  test.each([
    ['nothing', text(''), /end of JSON/],
    ['no JSON', text('{a:1}'), /cannot read the payload as JSON/],
    ['invalid UTF-8', bytes(0x22, 0xff, 0x22), /cannot read/],
    ['the key __proto__', text('{"a":[{"__proto__":{}}]}'), /__proto__/],
    ['the key __proto__ in escapes', text('{"\\u005f_proto__":{}}'), /__proto__/],
    ['nested bombs', text('['.repeat(100_000)), /65 levels/],
    ['an open string', text('["abc\\'), /cannot read/],
  ])('refuses %s', (_, input, words) => {
    expect(() => json.decode(input)).toThrowError(refusal(words));
  });

  test('reads __proto__ as a value, and brackets in text', () => {
    for (const value of [['__proto__'], { a: '[[[{{{' }, { 'a"[': '\\"[' }]) {
      expect(json.decode(json.encode(value), { ...defaultLimits, maxDepth: 1 })).toEqual(value);
    }
  });

  test('refuses numbers and bytes that JSON would lose', () => {
    expect(() => json.encode({ n: Number.NaN })).toThrowError(/^data\.n is NaN/);
    expect(() => json.encode({ b: bytes(1) })).toThrowError(/^data\.b is binary/);
    expect(json.decode(json.encode({ at: new Date(0) }))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
    });
  });
});

/** Small seeded generator, so that a failure can be repeated. */
function generator(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
}

function noise(random: (max: number) => number): Uint8Array {
  return Uint8Array.from({ length: random(40) }, () => random(256));
}

function mutate(seed: Uint8Array, random: (max: number) => number): Uint8Array {
  const copy = seed.slice(0, seed.length - (random(4) === 0 ? random(seed.length) : 0));
  for (let i = random(4); i > 0 && copy.length > 0; i--) copy[random(copy.length)] = random(256);
  return copy;
}
