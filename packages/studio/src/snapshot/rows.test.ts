import { describe, expect, it } from 'vitest';
import { KnownApps } from '../apps/known-apps.ts';
import type { ConsumerInfo, StreamInfo } from '../nats.ts';
import { viewConsumer } from './consumer-row.ts';
import { Rates } from './rates.ts';
import { placeOf } from './stream-place.ts';
import { viewStream } from './stream-row.ts';

const apps = new KnownApps([]);

function streamOf(config: object, more: object = {}): StreamInfo {
  return {
    created: '2026-01-01T00:00:00Z',
    config: { name: 'S', subjects: ['s.>'], num_replicas: 3, max_age: 0, ...config },
    state: {
      messages: 4,
      bytes: 400,
      first_seq: 1,
      last_seq: 4,
      first_ts: '2026-01-01T00:00:00Z',
      last_ts: '0001-01-01T00:00:00Z',
      consumer_count: 0,
    },
    ...more,
  } as unknown as StreamInfo;
}

function consumerOf(config: object, more: object = {}): ConsumerInfo {
  return {
    name: 'c',
    stream_name: 'S',
    config: { ack_policy: 'explicit', durable_name: 'c', max_ack_pending: 10, ...config },
    delivered: { consumer_seq: 5, stream_seq: 5 },
    ack_floor: { consumer_seq: 5, stream_seq: 5 },
    num_pending: 0,
    num_ack_pending: 0,
    num_redelivered: 0,
    num_waiting: 1,
    ...more,
  } as unknown as ConsumerInfo;
}

const streamRow = (config: object, more?: object) => {
  const info = streamOf(config, more);
  return viewStream(info, placeOf(info.config), { apps, consumers: [] });
};
const consumerRow = (config: object, more?: object) =>
  viewConsumer(consumerOf(config, more), placeOf(streamOf({}).config), apps);

describe('a stream', () => {
  it('says which of its copies are behind or away', () => {
    const replicas = [
      { name: 'n2', current: false, lag: 12 },
      { name: 'n3', current: false, offline: true },
      { name: 'n4', current: true },
    ];
    const row = streamRow({}, { cluster: { leader: 'n1', replicas } });
    expect(row).toMatchObject({ leader: 'n1', copiesProblem: 'n2 is 12 behind, n3 is away' });
    expect(streamRow({}, { cluster: { replicas: [] } }).copiesProblem).toContain('no leader');
    const well = streamRow({}, { cluster: { leader: 'n1', replicas: [replicas[2]] } });
    expect(well.copiesProblem).toBeNull();
  });

  it('is known by what it is for', () => {
    const kinds = [
      { name: 'DLQ', subjects: ['_jl.dlq.>', '_jl.trial.>'] },
      { name: 'MINE', subjects: ['_jl.dlq-MINE.>'] },
      { name: 'KV_cars', subjects: ['$KV.cars.>'] },
      { name: 'KV_mine', subjects: ['mine.>'] },
      { name: 'A-b', metadata: { 'jetlane-worker': 'b', 'jetlane-stream': 'A' } },
    ].map((config) => streamRow(config).kind);
    expect(kinds).toEqual(['dead-letters', 'dead-letters', 'bucket', 'stream', 'partition-queue']);
  });

  it('has no limit where the server has -1, and no time where it has the year 1', () => {
    const row = streamRow({ max_bytes: -1, max_msgs: 7, max_age: 2_000_000_000 });
    expect(row).toMatchObject({ maxBytes: null, maxMessages: 7, maxAgeMs: 2000, lastMs: null });
    expect(row.firstMs).toBe(Date.UTC(2026, 0, 1));
  });
});

describe('a consumer', () => {
  it('asks for attention where nobody pulls or its cap is reached, and not while it is paused', () => {
    expect(consumerRow({}).attention).toBeNull();
    const idle = { num_pending: 3, num_waiting: 0 };
    expect(consumerRow({}, idle).attention).toBe('nobody pulls');
    expect(consumerRow({}, { ...idle, paused: true }).attention).toBeNull();
    expect(consumerRow({ deliver_subject: 'd' }, idle).attention).toBeNull();
    expect(consumerRow({}, { num_ack_pending: 10 }).attention).toBe('at its cap of pending acks');
  });

  it('has no cap and no acks where nothing is acknowledged', () => {
    expect(consumerRow({ ack_policy: 'none', ack_wait: 1e9 })).toMatchObject({
      ackPolicy: 'none',
      maxAckPending: null,
      ackWaitMs: null,
      settledPerSec: null,
    });
  });

  it('settles what is acknowledged behind a message that waits for its next attempt', () => {
    const rates = new Rates();
    const row = (delivered: number) =>
      viewConsumer(
        consumerOf(
          {},
          { delivered: { consumer_seq: delivered, stream_seq: delivered }, num_ack_pending: 1 },
        ),
        placeOf(streamOf({}).config),
        apps,
        rates,
      );
    rates.begin(1000);
    expect(row(5).settledPerSec).toBeNull();
    rates.begin(2000);
    expect(row(25)).toMatchObject({ settledPerSec: 20, deliveredPerSec: 20 });
  });

  it('that only keeps something for others is a guard', () => {
    const metadata = { jetlane: '1', 'jetlane-role': 'schedule-guard' };
    expect(consumerRow({ metadata }, { num_pending: 9, num_waiting: 0 })).toMatchObject({
      kind: 'guard',
      worker: null,
      attention: null,
    });
  });

  it('is paused until it is resumed where the end is far away', () => {
    const until = (pause_until: string) => consumerRow({ pause_until }, { paused: true }).paused;
    expect(until('2200-01-01T00:00:00Z')).toEqual({ untilMs: null });
    expect(until('2030-01-01T00:00:00Z')).toEqual({ untilMs: Date.UTC(2030, 0, 1) });
  });
});
