import { describe, expect, it } from 'vitest';
import type {
  AppView,
  ConsumerRow,
  Snapshot,
  StreamRow,
  ToldWorker,
  WorkerView,
} from '../../src/wire.ts';
import { arrange } from './arrange.ts';
import { workersOf } from './workers.ts';

describe('the list of streams', () => {
  const streams = [
    stream('ORDERS', {
      subjects: ['orders.>'],
      messages: 5,
      consumers: [consumer('billing', { lag: 3 }), consumer('stock', { lag: 9 })],
    }),
    stream('AUDIT', { subjects: ['audit.>'], messages: 50 }),
    stream('KV_seen', { kind: 'bucket', messages: 500 }),
  ];
  const asked = { q: '', order: 'name', internal: false } as const;

  it('is by name, and leaves out what is internal unless asked', () => {
    const { shown, hidden } = arrange(streams, asked);
    expect({ names: names(shown), hidden }).toEqual({ names: ['AUDIT', 'ORDERS'], hidden: 1 });
    expect(names(arrange(streams, { ...asked, internal: true }).shown)).toContain('KV_seen');
  });

  it('finds streams by subject, and consumers by name', () => {
    expect(names(arrange(streams, { ...asked, q: ' Audit.' }).shown)).toEqual(['AUDIT']);
    const [found] = arrange(streams, { ...asked, q: 'stoc' }).shown;
    expect(found?.stream.name).toBe('ORDERS');
    expect(found?.consumers.map(({ name }) => name)).toEqual(['stock']);
    expect(arrange(streams, { ...asked, q: 'nobody' }).shown).toEqual([]);
  });

  it('is sorted by the largest first, consumers too', () => {
    expect(names(arrange(streams, { ...asked, order: 'messages' }).shown)).toEqual([
      'AUDIT',
      'ORDERS',
    ]);
    const [first] = arrange(streams, { ...asked, order: 'lag' }).shown;
    expect(first?.consumers.map(({ name }) => name)).toEqual(['stock', 'billing']);
  });
});

describe('the list of workers', () => {
  it('adds up the partitions of a worker, under the stream that it works on', () => {
    const partition = (index: number) =>
      consumer(`p${index}`, {
        kind: 'partition',
        worker: 'fraud',
        partition: index,
        lag: 2,
        maxAckPending: 10,
        settledPerSec: index === 0 ? null : 5,
      });
    const queue = stream('PQ', {
      kind: 'partition-queue',
      queueOf: { worker: 'fraud', stream: 'LOCATION' },
      consumers: [partition(0), partition(1)],
    });
    const [fraud, ...rest] = workersOf(null, snapshotOf([queue]));
    expect(rest).toEqual([]);
    expect(fraud).toMatchObject({
      name: 'fraud',
      stream: 'LOCATION',
      lag: 4,
      maxAckPending: 20,
      settledPerSec: 5,
      declared: null,
    });
  });

  it('joins what is declared with what is there, and shows each without the other', () => {
    const app = { apps: [], messages: [], workers: [declared('billing'), declared('mail')] };
    const orders = stream('ORDERS', {
      consumers: [
        consumer('billing', { kind: 'worker', worker: 'billing', attention: 'nobody pulls' }),
        consumer('old', { kind: 'worker', worker: 'old', paused: { untilMs: null } }),
        consumer('probe', {}),
      ],
    });
    const workers = workersOf(app satisfies AppView, snapshotOf([orders]));
    expect(
      workers.map(({ name, declared: known, consumers, paused }) => [
        name,
        known !== null,
        consumers.length,
        paused,
      ]),
    ).toEqual([
      ['billing', true, 1, false],
      ['mail', true, 0, false],
      ['old', false, 1, true],
    ]);
    expect(workers[0]?.attention).toEqual(['nobody pulls']);
    expect(workers.map((each) => each.told?.processesTotal)).toEqual([undefined, 2, undefined]);
  });
});

function names(shown: readonly { readonly stream: StreamRow }[]): string[] {
  return shown.map(({ stream: { name } }) => name);
}

function declared(name: string): WorkerView {
  return { name, app: 'shop', stream: 'ORDERS' } as WorkerView;
}

function snapshotOf(streams: readonly StreamRow[]): Snapshot {
  return { streams, told: [told('mail')] as readonly ToldWorker[] } as Snapshot;
}

function told(worker: string): ToldWorker {
  return {
    worker,
    stream: 'ORDERS',
    processes: [],
    processesTotal: 2,
  } as Partial<ToldWorker> as ToldWorker;
}

function stream(name: string, parts: Partial<StreamRow>): StreamRow {
  const row: Partial<StreamRow> = {
    kind: 'stream',
    queueOf: null,
    description: null,
    subjects: [],
    messages: 0,
    bytes: 0,
    storedPerSec: null,
    consumers: [],
  };
  return { ...row, ...parts, name } as StreamRow;
}

function consumer(name: string, parts: Partial<ConsumerRow>): ConsumerRow {
  const row: Partial<ConsumerRow> = {
    stream: 'ORDERS',
    kind: 'other',
    worker: null,
    app: null,
    filters: [],
    lag: 0,
    ackPending: 0,
    maxAckPending: 1000,
    redelivered: 0,
    settledPerSec: 1,
    paused: null,
    attention: null,
  };
  return { ...row, ...parts, name } as ConsumerRow;
}
