import { describe, expect, it } from 'vitest';
import { consumerDifferences, MOVE_KEY, streamDifferences, toUpdate } from './normal-form.ts';

describe('two configurations of a stream', () => {
  it.each([
    ['defaults that a server fills in', { max_msgs: -1, storage: 'file', sealed: false }, {}],
    ['what a server leaves out', {}, { no_ack: false, subject_delete_marker_ttl: 0 }],
    ['subjects in another order', { subjects: ['b', 'a'] }, { subjects: ['a', 'b'] }],
    ['empty parts', {}, { placement: { tags: [] }, sources: [] }],
    [
      'keys in another order',
      { republish: { dest: 'b', src: 'a' } },
      { republish: { src: 'a', dest: 'b' } },
    ],
    [
      'metadata of others and of the server',
      { metadata: { '_nats.ver': '2', team: 'x', a: 'b' } },
      { metadata: { a: 'b' } },
    ],
    [
      'rollups that schedules imply',
      { allow_msg_schedules: true, allow_rollup_hdrs: true },
      { allow_msg_schedules: true },
    ],
    ['where it began', { first_seq: 7 }, {}],
    ['copies that nobody declared', { num_replicas: 3, placement: { cluster: 'x' } }, {}],
  ])('are the same with %s', (_, live, wanted) => {
    expect(streamDifferences(live, wanted)).toEqual([]);
  });

  it('differ field by field', () => {
    const live = { max_msgs: 5, num_replicas: 1, metadata: { a: 'b' } };
    const wanted = { num_replicas: 3, metadata: { a: 'c' } };
    expect(streamDifferences(live, wanted)).toEqual([
      { field: 'max_msgs', from: 5, to: -1 },
      { field: 'num_replicas', from: 1, to: 3 },
      { field: 'metadata', from: { a: 'b' }, to: { a: 'c' } },
    ]);
    expect(streamDifferences(live, wanted, ['num_replicas'])).toHaveLength(1);
  });
});

describe('two configurations of a consumer', () => {
  it.each([
    ['one filter or a list of one', { filter_subject: 'a' }, { filter_subjects: ['a'] }],
    ['a start that is long past', { deliver_policy: 'all' }, { deliver_policy: 'new' }],
    [
      'an ack wait that the backoff decides',
      { ack_wait: 1, backoff: [1, 2] },
      { ack_wait: 9, backoff: [1, 2] },
    ],
  ])('are the same with %s', (_, live, wanted) => {
    expect(consumerDifferences(live, wanted)).toEqual([]);
  });

  it('mean the same whatever a server says of acks that nobody waits for', () => {
    const wanted = { ack_policy: 'none' };
    const live = { ...wanted, ack_wait: 5, max_ack_pending: 7, backoff: [5] };
    expect(consumerDifferences(live, wanted)).toEqual([]);
    expect(consumerDifferences({ max_ack_pending: 7 }, wanted)).toEqual([
      { field: 'ack_policy', from: 'explicit', to: 'none' },
    ]);
  });

  it('differ while a move is unfinished', () => {
    expect(consumerDifferences({ metadata: { [MOVE_KEY]: '7' } }, {})).toEqual([
      { field: MOVE_KEY, from: '7', to: undefined },
    ]);
  });
});

describe('an update', () => {
  it('keeps what the declaration does not know, and nothing that it resets', () => {
    const live = {
      name: 'ORDERS',
      max_msgs: 5,
      field_of_tomorrow: 1,
      num_replicas: 3,
      metadata: { '_nats.ver': '2', team: 'x' },
    };
    expect(toUpdate(live, { name: 'ORDERS', metadata: { jetlane: '1' } }, 'stream')).toEqual({
      name: 'ORDERS',
      field_of_tomorrow: 1,
      num_replicas: 3,
      metadata: { team: 'x', jetlane: '1' },
    });
  });

  it('leaves a consumer where it began, which a server refuses to change', () => {
    const live = { durable_name: 'a', deliver_policy: 'by_start_sequence', opt_start_seq: 7 };
    const wanted = { durable_name: 'a', deliver_policy: 'new', ack_wait: 5 };
    expect(toUpdate(live, wanted, 'consumer')).toEqual({ ...live, ack_wait: 5, metadata: {} });
  });

  it('drops what only a mirror may have', () => {
    const live = { mirror: { name: 'A' }, mirror_direct: true };
    expect(toUpdate(live, {}, 'stream')).not.toHaveProperty('mirror_direct');
    expect(toUpdate(live, { mirror: { name: 'A' } }, 'stream')).toHaveProperty('mirror_direct');
  });
});
