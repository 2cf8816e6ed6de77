import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckReader } from './ack-reader.ts';
import { readPubAck } from './pub-ack.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const ack = (stream: string) => ({ stream, seq: 1, duplicate: false });

/** A reader that knows these streams. */
function reader(...streams: readonly string[]): AckReader {
  const made = new AckReader();
  for (const stream of streams) made.learn(ack(stream));
  return made;
}

/** Bodies that are acks, nearly acks, or anything. */
const STREAMS = ['ORDERS', 'ORDERS2', 'O', '', 'größe', 'a"b\\'];
const body = fc.oneof(
  fc.record({
    stream: fc.constantFrom(...STREAMS, 'OTHER'),
    seq: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.double(), fc.constant('7')),
  }),
  fc.record({ stream: fc.constantFrom(...STREAMS), seq: fc.nat(), duplicate: fc.boolean() }),
  fc.record({ seq: fc.nat(), stream: fc.constantFrom(...STREAMS) }),
  fc.record({ stream: fc.constantFrom(...STREAMS), seq: fc.nat(), domain: fc.string() }),
  fc.anything(),
);
const text = fc.oneof(
  body.map((value) => JSON.stringify(value) ?? ''),
  fc
    .tuple(fc.constantFrom(...STREAMS), fc.stringMatching(/^[-+ 0-9.eE]{0,20}$/))
    .map(([stream, seq]) => `{"stream":${JSON.stringify(stream)},"seq":${seq}}`),
  fc.string({ unit: 'grapheme' }),
);
/** The same with one byte changed, cut off, or added. */
const damaged = fc
  .tuple(text, fc.nat(), fc.constantFrom('', 'x', '0', '}', ' ', '"'), fc.nat({ max: 1 }))
  .map(([whole, at, put, cut]) => {
    const from = whole.length === 0 ? 0 : at % (whole.length + 1);
    return whole.slice(0, from) + put + whole.slice(from + cut);
  });

describe('an ack reader', () => {
  it('reads what it learnt as JSON.parse does, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(text, damaged), fc.constantFrom(...STREAMS), (given, first) => {
        const known = reader(first, ...STREAMS);
        const fast = known.read(bytes(given));
        if (fast === undefined) return;
        expect(readPubAck(given, 's')).toEqual({ kind: 'stored', ack: fast });
      }),
      { numRuns: 20_000 },
    );
  });

  it('reads every plain ack of a stream that it learnt', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STREAMS.slice(0, 4)),
        fc.integer({ min: 0, max: 999_999_999_999_999 }),
        (stream, seq) => {
          const known = reader(...STREAMS);
          const given = bytes(`{"stream":"${stream}","seq":${seq}}`);
          expect(known.read(given)).toEqual({ stream, seq, duplicate: false });
        },
      ),
    );
  });

  it('knows nothing that it did not learn, and forgets what is long ago', () => {
    expect(new AckReader().read(bytes('{"stream":"A","seq":1}'))).toBeUndefined();
    const many = reader(...Array.from({ length: 17 }, (_, n) => `S${n}`));
    expect(many.read(bytes('{"stream":"S0","seq":1}'))).toBeUndefined();
    expect(many.read(bytes('{"stream":"S1","seq":1}'))).toMatchObject({ stream: 'S1' });
    expect(many.read(bytes('{"stream":"S16","seq":1}'))).toMatchObject({ stream: 'S16' });
  });

  it('leaves numbers to others that a double does not hold', () => {
    const known = reader('A');
    expect(known.read(bytes('{"stream":"A","seq":999999999999999}'))?.seq).toBe(
      999_999_999_999_999,
    );
    expect(known.read(bytes('{"stream":"A","seq":9007199254740993}'))).toBeUndefined();
    expect(known.read(bytes('{"stream":"A","seq":01}'))).toBeUndefined();
    expect(known.read(bytes('{"stream":"A","seq":}'))).toBeUndefined();
  });
});
