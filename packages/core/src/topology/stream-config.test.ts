import { event, type StreamSettings, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { reduceFilters, toConsumerConfig } from './consumer-config.ts';
import { deadLetterStreams } from './dead-letter-stream.ts';
import { filtersOf } from './normal-form.ts';
import { type Fields, toStreamConfig } from './stream-config.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});

function orders(settings: StreamSettings = {}) {
  return stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...settings });
}

describe('the configuration of a stream', () => {
  it('says every default, the subjects of replays and who manages it', () => {
    expect(toStreamConfig(orders())).toEqual({
      name: 'ORDERS',
      subjects: ['orders.>', '_jl.ORDERS.>'],
      retention: 'limits',
      max_age: 0,
      max_bytes: -1,
      max_msgs: -1,
      max_msgs_per_subject: -1,
      max_msg_size: -1,
      max_consumers: -1,
      discard: 'old',
      duplicate_window: 120_000_000_000,
      storage: 'file',
      compression: 'none',
      deny_delete: false,
      deny_purge: false,
      allow_direct: true,
      allow_msg_ttl: true,
      allow_atomic: true,
      allow_batched: true,
      allow_msg_schedules: true,
      metadata: { jetlane: '1' },
    });
  });

  it('writes every option in the units of the server', () => {
    const config = toStreamConfig(
      orders({
        description: 'text',
        retention: 'workqueue',
        maxAge: '1h',
        maxBytes: '1MiB',
        maxMsgs: 5,
        maxMsgsPerSubject: 2,
        maxMsgSize: '1KiB',
        maxConsumers: 3,
        discard: 'new-per-subject',
        dedupeWindow: '30s',
        replicas: 3,
        storage: 'memory',
        compression: 's2',
        denyDelete: true,
        denyPurge: true,
        placement: { cluster: 'east', tags: ['ssd'] },
        republish: { to: 'copy.>', headersOnly: true },
        subjectTransform: { from: 'orders.a', to: 'orders.b' },
        sources: [
          {
            name: 'OTHER',
            startSeq: 4,
            domain: 'hub',
            subjectTransforms: [{ from: 'a', to: 'b' }],
          },
        ],
        metadata: { team: 'shop' },
      }),
    );
    expect(config).toMatchObject({
      description: 'text',
      retention: 'workqueue',
      max_age: 3_600_000_000_000,
      max_bytes: 1_048_576,
      max_msgs: 5,
      max_msgs_per_subject: 2,
      max_msg_size: 1_024,
      max_consumers: 3,
      discard: 'new',
      discard_new_per_subject: true,
      duplicate_window: 30_000_000_000,
      num_replicas: 3,
      storage: 'memory',
      compression: 's2',
      deny_delete: true,
      deny_purge: true,
      placement: { cluster: 'east', tags: ['ssd'] },
      republish: { src: '>', dest: 'copy.>', headers_only: true },
      subject_transform: { src: 'orders.a', dest: 'orders.b' },
      sources: [
        {
          name: 'OTHER',
          opt_start_seq: 4,
          external: { api: '$JS.hub.API' },
          subject_transforms: [{ src: 'a', dest: 'b' }],
        },
      ],
      metadata: { team: 'shop', jetlane: '1' },
    });
  });

  it('remembers ids no longer than messages live, which a server would refuse', () => {
    expect(toStreamConfig(orders({ maxAge: '10s' })).duplicate_window).toBe(10_000_000_000);
    const raw = orders({ jetstream: { max_age: 5_000_000_000 } });
    expect(toStreamConfig(raw).duplicate_window).toBe(5_000_000_000);
  });

  it('takes raw fields last, and keeps its mark', () => {
    const raw = { max_msgs: 9, first_seq: 100, metadata: { a: 'b', jetlane: 'x' } };
    expect(toStreamConfig(orders({ maxMsgs: 5, jetstream: raw }))).toMatchObject({
      max_msgs: 9,
      first_seq: 100,
      metadata: { a: 'b', jetlane: '1' },
    });
  });

  it('gives a mirror no subjects, and adds none that its own cover', () => {
    const mirror = stream('COPY', { subjects: [], messages: [], mirror: { name: 'ORDERS' } });
    expect(toStreamConfig(mirror)).not.toHaveProperty('subjects');
    const wide = stream('ALL', { subjects: ['>'], messages: [Placed] });
    expect(toStreamConfig(wide).subjects).toEqual(['>']);
  });
});

describe('the configuration of a durable', () => {
  const Paid = event('Paid', { subject: 'orders.paid.{orderId}', schema: z.object({}) });
  const spec = {
    name: 'billing',
    stream: stream('ORDERS', { subjects: ['orders.>'], messages: [Placed, Paid] }),
    filters: ['orders.placed.*'],
    startAt: 'first' as const,
    ackPolicy: 'explicit' as const,
    maxAckPending: 1_000,
    ackWaitMs: 30_000,
    jetstream: {},
  };

  it('acknowledges one by one, is never exhausted, and hears its replays', () => {
    expect(toConsumerConfig(spec)).toEqual({
      durable_name: 'billing',
      ack_policy: 'explicit',
      ack_wait: 30_000_000_000,
      max_ack_pending: 1_000,
      max_deliver: -1,
      filter_subjects: ['orders.placed.*', '_jl.ORDERS.billing.>'],
      deliver_policy: 'all',
      metadata: { jetlane: '1' },
    });
  });

  it('says nothing of acks where nobody waits for them', () => {
    const config = toConsumerConfig({ ...spec, ackPolicy: 'none' });
    expect(config.ack_policy).toBe('none');
    expect(config).not.toHaveProperty('ack_wait');
    expect(config).not.toHaveProperty('max_ack_pending');
  });

  it('has no filter where it takes all that its stream declares', () => {
    const config = toConsumerConfig({ ...spec, filters: ['orders.>'] });
    expect(config.filter_subjects).toBeUndefined();
    expect(config.metadata).toEqual({
      jetlane: '1',
      'jetlane-filters': 'orders.> _jl.ORDERS.billing.>',
    });
  });

  it.each<[string, StreamSettings]>([
    ['was made by somebody else', { managed: false }],
    ['stores what others do', { sources: [{ name: 'OTHER' }] }],
    ['stores under other subjects', { subjectTransform: { from: 'a.*', to: 'b.*' } }],
    ['keeps what somebody waits for', { retention: 'interest' }],
    ['is configured by hand', { jetstream: { subjects: ['x'] } }],
  ])('has its filters where the stream %s', (_, settings) => {
    const wide = { ...spec, stream: orders(settings), filters: ['orders.>'] };
    expect(filtersOf(toConsumerConfig(wide) as Fields)).toHaveLength(2);
    expect(toConsumerConfig(wide).filter_subjects).toHaveLength(2);
  });

  it('begins where it is told to', () => {
    expect(toConsumerConfig({ ...spec, startAt: 'new' }).deliver_policy).toBe('new');
    expect(toConsumerConfig({ ...spec, startAt: new Date(0) })).toMatchObject({
      deliver_policy: 'by_start_time',
      opt_start_time: '1970-01-01T00:00:00.000Z',
    });
  });

  it('without filters hears its whole stream and no replays of others', () => {
    const config = toConsumerConfig({ ...spec, filters: [] }) as Fields;
    expect(filtersOf(config)).toEqual(['orders.>', '_jl.ORDERS.billing.>']);
  });

  it('of a mirror hears no replays: a mirror stores none', () => {
    const mirror = stream('COPY', { subjects: [], messages: [], mirror: { name: 'ORDERS' } });
    const config = toConsumerConfig({ ...spec, stream: mirror });
    expect(config.filter_subjects).toEqual(['orders.placed.*']);
  });

  it('drops filters that others cover', () => {
    expect(reduceFilters(['a.b', 'a.*', 'a.b', 'c.>', 'c.d.e', 'x'])).toEqual(['a.*', 'c.>', 'x']);
  });
});

describe('dead letter streams', () => {
  const named = (deadLetter: string | false, settings: StreamSettings = {}) => ({
    ackPolicy: 'explicit' as const,
    deadLetter,
    stream: orders(settings),
  });

  it('are one for each name, with as many copies as the best kept of their streams', () => {
    const streams = deadLetterStreams([
      named('DLQ'),
      named('DLQ', { replicas: 3 }),
      named('OTHER'),
    ]);
    expect(
      streams.map(({ name, subjects, num_replicas }) => [name, subjects, num_replicas]),
    ).toEqual([
      ['DLQ', ['_jl.dlq.>', '_jl.trial.>'], 3],
      ['OTHER', ['_jl.dlq-OTHER.>', '_jl.trial-OTHER.>'], 1],
    ]);
  });

  it('are there for the trial markers of workers without dead letters too, and not for those without acks', () => {
    expect(deadLetterStreams([named(false)]).map(({ name }) => name)).toEqual(['DLQ']);
    expect(deadLetterStreams([{ ...named(false), ackPolicy: 'none' }])).toEqual([]);
    expect(deadLetterStreams([])).toEqual([]);
  });

  it('take the limits of a declared stream of that name', () => {
    const own = stream('OTHER', { subjects: ['mine.>'], messages: [], maxAge: '7d' });
    const [config] = deadLetterStreams([named('OTHER')], [own]);
    expect(config).toMatchObject({
      max_age: 604_800_000_000_000,
      subjects: ['mine.>', '_jl.OTHER.>', '_jl.dlq-OTHER.>', '_jl.trial-OTHER.>'],
    });
  });
});
