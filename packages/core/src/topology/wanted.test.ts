import { type AnyStream, event, type StreamSettings, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { toWanted } from './wanted.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});

function orders(settings: StreamSettings = {}, subjects: string[] = ['orders.>']) {
  return stream('ORDERS', { subjects, messages: [], ...settings });
}

function spec(name: string, source: AnyStream, options: Partial<WorkerSpec> = {}): WorkerSpec {
  const base: Partial<WorkerSpec> = {
    name,
    stream: source,
    filters: source.subjects,
    startAt: 'first',
    maxAckPending: 1_000,
    ackWaitMs: 30_000,
    deadLetter: 'DLQ',
    jetstream: {},
  };
  return { ...base, ...options } as WorkerSpec;
}

function reasons(streams: AnyStream[], workers: WorkerSpec[] = []): string[] {
  return toWanted({ streams, workers }).contradictions.map(({ why }) => why);
}

describe('what a topology asks for', () => {
  it('includes the streams of its workers, once each', () => {
    const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed] });
    const { streams, consumers, contradictions } = toWanted({
      streams: [Orders],
      workers: [spec('a', Orders), spec('b', Orders)],
    });
    expect(streams.map(({ name }) => name)).toEqual(['DLQ', 'ORDERS']);
    expect(consumers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(contradictions).toEqual([]);
  });

  it('is fine when two equal declarations name one stream', () => {
    expect(reasons([orders(), orders()])).toEqual([]);
  });

  it.each<[string, AnyStream[], WorkerSpec[]]>([
    ['declared twice', [orders(), orders({ maxMsgs: 1 })], []],
    ['overlaps', [orders(), stream('OTHER', { subjects: ['*.placed'], messages: [] })], []],
    [
      'overlaps _jl.dlq.>',
      [orders({}, ['>'])],
      [spec('a', orders({}, ['>']), { filters: ['x.>'] })],
    ],
    ['share this durable', [], [spec('a', orders()), spec('a', orders())]],
    ['also takes _jl.ORDERS.>', [], [spec('a', orders(), { filters: ['>'] })]],
    [
      'buries messages in the stream that it reads',
      [],
      [spec('a', orders(), { deadLetter: 'ORDERS', filters: [] })],
    ],
    [
      'gives each message to one consumer',
      [],
      [
        spec('a', orders({ retention: 'workqueue' })),
        spec('b', orders({ retention: 'workqueue' }), { filters: ['orders.x'] }),
      ],
    ],
  ])('says that a part %s', (words, streams, workers) => {
    expect(reasons(streams, workers).join('\n')).toContain(words);
  });
});
