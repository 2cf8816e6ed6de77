import { describe, expect, it } from 'vitest';
import { aConsumer, aReading, aStream, aWorker } from '../../test/readings.ts';
import { standing } from './standing.ts';

describe('how everything stands', () => {
  const billing = aConsumer('billing', {
    lag: 5,
    ackPending: 2,
    maxAckPending: 10,
    delivered: 100,
  });
  const orders = aStream('ORDERS', { lastSeq: 1000, consumers: [billing] });

  it('has no rates after one look', () => {
    const [stream] = standing(undefined, aReading([orders])).streams;
    expect(stream).toMatchObject({ lag: 5, ackPending: 2, storedPerS: undefined });
    expect(stream?.consumers[0]).toMatchObject({ deliveredPerS: undefined, donePerS: undefined });
  });

  it('counts what changed a second, by the clock of the server', () => {
    const later = aStream('ORDERS', {
      atMs: 2000,
      lastSeq: 1500,
      consumers: [{ ...billing, atMs: 4000, delivered: 180, ackPending: 6 }],
    });
    const [stream] = standing(aReading([orders]), aReading([later])).streams;
    expect(stream?.storedPerS).toBe(250); // 500 in two seconds
    expect(stream?.consumers[0]).toMatchObject({ deliveredPerS: 20, donePerS: 19 });
    expect(stream).toMatchObject({ deliveredPerS: 20, donePerS: 19 });
  });

  it('has no rate where counting began anew', () => {
    const purged = aStream('ORDERS', { atMs: 1000, lastSeq: 3 });
    expect(standing(aReading([orders]), aReading([purged])).streams[0]?.storedPerS).toBeUndefined();
    const other = { ...billing, created: 'another', atMs: 1000, delivered: 500 };
    const again = aStream('ORDERS', { atMs: 1000, lastSeq: 1000, consumers: [other] });
    const [stream] = standing(aReading([orders]), aReading([again])).streams;
    expect(stream?.consumers[0]?.deliveredPerS).toBeUndefined();
  });

  it('puts the durables of a partitioned worker together, below the stream that it reads', () => {
    const queue = aStream('ORDERS-mail', {
      queueOf: { stream: 'ORDERS', worker: 'mail' },
      sourceLag: 7,
      consumers: [
        aConsumer('p0', { lag: 1, maxAckPending: 4, ackPending: 4 }),
        aConsumer('p1', { lag: 2, maxAckPending: 4, ackPending: 1 }),
      ],
    });
    const letters = [{ in: 'DLQ', stream: 'ORDERS', worker: 'mail', count: 3 }];
    const ages = new Map([['ORDERS-mail p1', 900]]);
    const told = [aWorker('ORDERS', 'mail', { latencyMs: { p50: 3, p99: 30 } })];
    const { streams } = standing(undefined, aReading([orders, queue], letters), { ages, told });
    expect(streams.map(({ name }) => name)).toEqual(['ORDERS']);
    expect(streams[0]?.consumers[1]).toMatchObject({
      name: 'mail',
      partitions: 2,
      lag: 10, // with what its queue has not copied yet
      ackPending: 5,
      maxAckPending: 8,
      oldestMs: 900,
      deadLetters: 3,
      processes: 1,
      latencyMs: { p50: 3, p99: 30 },
      note: 'at its cap (1 of 2)',
    });
  });

  it('counts dead letters of workers that are gone, too', () => {
    const letters = [
      { in: 'DLQ', stream: 'ORDERS', worker: 'billing', count: 2 },
      { in: 'DLQ', stream: 'ORDERS', worker: 'gone', count: 1 },
    ];
    const found = standing(undefined, aReading([orders], letters));
    expect(found.deadLetters).toBe(3);
    expect(found.streams[0]).toMatchObject({ deadLetters: 3 });
    expect(found.streams[0]?.consumers[0]).toMatchObject({ deadLetters: 2 });
  });

  it.each([
    [{ pausedUntil: '2200-01-01T00:00:00Z', attended: false }, 'paused'],
    [{ ackPending: 10 }, 'at its cap'],
    [{ ackPending: 0, attended: false }, 'nobody pulls'],
    [{ ackPending: 0, attended: false, ackPolicy: 'none' }, undefined],
    [{ ackPending: 0, lag: 0, attended: false }, undefined],
    [{}, undefined],
  ])('notes what asks for attention: %j', (changes, words) => {
    const stream = aStream('ORDERS', { consumers: [{ ...billing, ...changes }] });
    expect(standing(undefined, aReading([stream])).streams[0]?.consumers[0]?.note).toBe(words);
  });

  it('knows how long messages took of consumers whose processes tell, and of a stream the slowest', () => {
    const others = [aConsumer('mail'), aConsumer('foreign')];
    const stream = aStream('ORDERS', { consumers: [billing, ...others] });
    const told = [
      aWorker('ORDERS', 'billing', { latencyMs: { p50: 2, p99: 9 } }),
      aWorker('ORDERS', 'mail', { latencyMs: { p50: 1, p99: 80 }, handlingMs: { p50: 1, p99: 7 } }),
      aWorker('RIDES', 'foreign', { latencyMs: { p50: 5, p99: 500 } }), // of another stream
    ];
    const [found] = standing(undefined, aReading([stream]), { told }).streams;
    expect(found?.consumers).toMatchObject([
      { name: 'billing', processes: 1, latencyMs: { p50: 2, p99: 9 }, handlingMs: undefined },
      { name: 'mail', processes: 1, latencyMs: { p50: 1, p99: 80 }, handlingMs: { p99: 7 } },
      { name: 'foreign', processes: undefined, latencyMs: undefined, handlingMs: undefined },
    ]);
    expect(found).toMatchObject({ latencyMs: { p50: 1, p99: 80 }, handlingMs: { p50: 1, p99: 7 } });
  });

  it('says which declared streams are missing', () => {
    const found = standing(undefined, aReading([orders]), { names: ['ORDERS', 'PAYMENTS'] });
    expect(found.streams.map(({ name, exists }) => [name, exists])).toEqual([
      ['ORDERS', true],
      ['PAYMENTS', false],
    ]);
  });
});
