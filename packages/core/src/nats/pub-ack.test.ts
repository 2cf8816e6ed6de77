import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPubAck } from './pub-ack.ts';

const refusal = (code: number, err_code: number, description = 'said so') =>
  readPubAck(JSON.stringify({ error: { code, err_code, description } }), 'orders.placed.o-1');

describe('readPubAck', () => {
  it('reads what was stored, and whether before', () => {
    expect(readPubAck('{"stream":"ORDERS","seq":7}', 's')).toEqual({
      kind: 'stored',
      ack: { stream: 'ORDERS', seq: 7, duplicate: false },
    });
    expect(readPubAck('{"stream":"ORDERS","seq":7,"duplicate":true}', 's')).toMatchObject({
      ack: { duplicate: true },
    });
  });

  it.each([
    ['a write of the same id in flight', 400, 10_158],
    ['a write to the same subject in flight', 400, 10_164],
    ['a batch of which a part was lost', 400, 10_176],
    ['a stream with too many open batches', 429, 10_210],
    ['a JetStream that is not ready', 503, 10_008],
  ])('tries again after %s', (_, code, errCode) => {
    expect(refusal(code, errCode).kind).toBe('again');
  });

  it.each([
    ['STREAM_FULL', 503, 10_077],
    ['STREAM_FULL', 503, 10_023],
    ['STREAM_FULL', 400, 10_002],
    ['MESSAGE_TOO_LARGE', 400, 10_054],
    ['MESSAGE_TOO_LARGE', 400, 10_097],
    ['TOPOLOGY_CONFLICT', 400, 10_109],
    ['CONFLICT', 400, 10_071],
    ['CONFLICT', 400, 10_201],
  ])('refuses with %s (%i, %i)', (expected, code, errCode) => {
    expect(refusal(code, errCode)).toMatchObject({ kind: 'refused', error: { code: expected } });
  });

  it('never throws, whatever comes back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(['stored', 'again', 'refused']).toContain(readPubAck(body, 's').kind);
      }),
    );
  });
});
