import { event, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toWanted } from '../topology/wanted.ts';
import { on } from '../worker/handler.ts';
import { type WorkerOptions, worker, workerSpec } from '../worker/worker.ts';
import {
  isPartitioned,
  type PartitionedWorker,
  pendingMax,
  toQueueConfig,
} from './queue-config.ts';

const schema = z.object({ region: z.string(), orderId: z.string(), customerId: z.string() });
const Placed = event('Placed', { subject: 'orders.placed.{region}.{customerId}', schema });
const Paid = event('Paid', { subject: 'orders.paid.{region}.{customerId}', schema });
const Shipped = event('Shipped', { subject: 'parcels.{customerId}.shipped.{orderId}', schema });
const Orders = stream('ORDERS', {
  subjects: ['orders.>', 'parcels.>'],
  messages: [Placed, Paid, Shipped],
  partitions: { by: 'customerId', count: 16 },
  replicas: 3,
  maxAge: '1h',
});

function specOf(options: Partial<WorkerOptions<typeof Orders>>, handled = [Placed, Paid]) {
  const spec = workerSpec(
    worker('billing', { from: Orders, partitioned: true, ...options }, [on(handled, () => {})]),
  );
  expect(isPartitioned(spec)).toBe(true);
  return spec as PartitionedWorker;
}

function transformsOf(spec: PartitionedWorker): string[] {
  const [source] = toQueueConfig(spec).sources ?? [];
  return (source?.subject_transforms ?? []).map(({ src, dest }) => `${src} -> ${dest}`);
}

describe('the queue of a partitioned worker', () => {
  it('has what it handles and its replays, with the partition in front', () => {
    expect(transformsOf(specOf({}))).toEqual([
      'orders.placed.*.* -> {{partition(16,2)}}.orders.placed.{{wildcard(1)}}.{{wildcard(2)}}',
      'orders.paid.*.* -> {{partition(16,2)}}.orders.paid.{{wildcard(1)}}.{{wildcard(2)}}',
      '_jl.ORDERS.billing.*.*.*.* -> {{partition(16,4)}}._jl.ORDERS.billing.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}',
    ]);
  });

  it('counts the deciding wildcard among those that a filter leaves', () => {
    expect(transformsOf(specOf({ filter: { region: 'eu' } }))[0]).toBe(
      'orders.placed.eu.* -> {{partition(16,1)}}.orders.placed.eu.{{wildcard(1)}}',
    );
  });

  it('tells replays apart by their subject where the token stands elsewhere', () => {
    const spec = workerSpec(
      worker('billing', { from: Orders, partitioned: true }, [
        on(Placed, () => {}),
        on(Shipped, () => {}),
      ]),
    ) as PartitionedWorker;
    expect(transformsOf(spec).slice(2)).toEqual([
      '_jl.ORDERS.billing.orders.placed.*.* -> {{partition(16,2)}}._jl.ORDERS.billing.orders.placed.{{wildcard(1)}}.{{wildcard(2)}}',
      '_jl.ORDERS.billing.parcels.*.shipped.* -> {{partition(16,1)}}._jl.ORDERS.billing.parcels.{{wildcard(1)}}.shipped.{{wildcard(2)}}',
    ]);
  });

  it('is kept as its stream is, and drops nothing', () => {
    expect(toQueueConfig(specOf({}))).toMatchObject({
      name: 'ORDERS-billing',
      retention: 'workqueue',
      num_replicas: 3,
      storage: 'file',
      max_age: 0,
      max_msgs: -1,
    });
  });

  it('begins at a time as the server writes it', () => {
    const startAt = new Date('2026-01-02T03:04:05.600Z');
    expect(toQueueConfig(specOf({ startAt })).sources?.[0]?.opt_start_time).toBe(
      '2026-01-02T03:04:05.6Z',
    );
  });

  it('has a durable for each partition, which share what may be out', () => {
    const spec = specOf({ maxAckPending: 1_000 });
    const { consumers } = toWanted({ streams: [Orders], workers: [spec] });
    expect(consumers.map(({ name }) => name)).toEqual(
      Array.from({ length: 16 }, (_, n) => `p${n}`),
    );
    expect(consumers[7]?.config).toMatchObject({
      filter_subjects: ['7.>'],
      priority_policy: 'pinned_client',
      max_ack_pending: 63,
      ack_wait: 5_000_000_000,
    });
    expect(pendingMax(spec)).toBe(63);
  });
});
