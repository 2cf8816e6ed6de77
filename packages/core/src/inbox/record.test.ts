import { msgpack } from '@jetlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromParts, toParts } from './record.ts';

const messages = fc.array(
  fc.record({
    id: fc.string(),
    subject: fc.string(),
    headers: fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.string(), {
      noNullPrototype: true,
    }),
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 5 },
);

describe('a record', () => {
  it('gives back what was put in, in however many parts', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 200 }), (given, partBytes) => {
        const parts = toParts(given, partBytes);
        expect(parts.every(({ length }) => length <= partBytes)).toBe(true);
        const read = fromParts(parts).map((one) => ({
          ...one,
          payload: new Uint8Array(one.payload),
        }));
        expect(read).toEqual(given);
      }),
    );
  });

  it('is one empty part when there are no messages', () => {
    expect(toParts([], 100)).toEqual([new Uint8Array()]);
    expect(fromParts([new Uint8Array()])).toEqual([]);
  });

  it.each([[[1]], [[['id', 'subject', {}, 'payload']]], [{ id: 'x' }], ['text']])(
    'is refused when it is none: %j',
    (value) => {
      expect(() => fromParts([msgpack.encode(value)])).toThrow(/DECODE_FAILED|cannot be read/);
    },
  );
});
