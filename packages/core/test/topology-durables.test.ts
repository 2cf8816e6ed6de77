import { event, stream } from '@jetlane/contracts';
import { jetstream } from '@nats-io/jetstream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Topology } from '../src/bus.ts';
import type { Admin } from '../src/topology/admin.ts';
import { apply } from '../src/topology/apply.ts';
import { filtersOf, MOVE_KEY } from '../src/topology/normal-form.ts';
import { plan } from '../src/topology/plan.ts';
import { prepare } from '../src/topology/prepare.ts';
import { GUARD } from '../src/topology/schedule-guard.ts';
import type { Fields } from '../src/topology/stream-config.ts';
import type { WorkerSpec } from '../src/worker/worker-spec.ts';
import { clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
});
afterAll(() => close());
beforeEach(() => clear(admin));

const Paid = event('Paid', {
  subject: 'orders.paid.{orderId}',
  schema: z.object({ orderId: z.string() }),
});

function topologyOf(
  retention: 'limits' | 'interest' | 'workqueue',
  ...workers: [string, Partial<WorkerSpec>][]
): Topology {
  const messages = [Placed, Paid] as const;
  const Orders = stream('ORDERS', { subjects: ['orders.>'], messages, retention });
  return {
    streams: [Orders],
    workers: workers.map(([name, options]) => specOf(name, Orders, options)),
  };
}

async function publish(...subjects: string[]): Promise<void> {
  const js = jetstream(admin.nc);
  for (const subject of subjects) await js.publish(subject);
}

/** Takes what is there; acknowledges all but the sequences in `leave`. */
async function take(
  durable: string,
  count: number,
  leave: readonly number[] = [],
): Promise<number[]> {
  const consumer = await jetstream(admin.nc).consumers.get('ORDERS', durable);
  const seen: number[] = [];
  for await (const message of await consumer.fetch({ max_messages: count, expires: 1_000 })) {
    seen.push(message.seq);
    if (!leave.includes(message.seq)) await message.ackAck();
  }
  return seen;
}

describe('a durable', () => {
  it.each<[string, Partial<WorkerSpec>]>([
    ['maxAckPending', { maxAckPending: 7 }],
    ['ackWaitMs', { ackWaitMs: 5_000 }],
    ['raw headers_only', { jetstream: { headers_only: true } }],
    ['raw backoff', { jetstream: { backoff: [1_000_000_000, 2_000_000_000], max_deliver: 4 } }],
    ['raw description', { jetstream: { description: 'text' } }],
    ['raw metadata', { jetstream: { metadata: { a: 'b' } } }],
    ['raw inactive_threshold', { jetstream: { inactive_threshold: 60_000_000_000 } }],
    ['raw max_batch', { jetstream: { max_batch: 10 } }],
    ['raw sample_freq', { jetstream: { sample_freq: '50%' } }],
  ])('changes %s in place, there and back', async (_, options) => {
    const plain = topologyOf('limits', ['billing', {}]);
    const changed = topologyOf('limits', ['billing', options]);
    await prepare(admin, plain, 'apply');
    await prepare(admin, changed, 'apply');
    expect((await plan(admin, changed)).changes).toEqual([]);
    const created = (await admin.jsm.consumers.info('ORDERS', 'billing')).created;
    if (
      !(
        'inactive_threshold' in (options.jetstream ?? {}) ||
        'sample_freq' in (options.jetstream ?? {}) ||
        'metadata' in (options.jetstream ?? {})
      )
    ) {
      await prepare(admin, plain, 'apply');
      expect((await plan(admin, plain)).changes).toEqual([]);
    }
    expect((await admin.jsm.consumers.info('ORDERS', 'billing')).created).toBe(created);
  });

  it.each<[string, WorkerSpec['startAt']]>([
    ['first', 'first'],
    ['new', 'new'],
    ['a date', new Date('2026-01-01T00:00:00Z')],
  ])('that begins at %s resumes whatever startAt says later', async (_, startAt) => {
    await prepare(admin, topologyOf('limits', ['billing', { startAt }]), 'apply');
    for (const other of ['first', 'new', new Date('2025-01-01T00:00:00Z')] as const) {
      const next = topologyOf('limits', ['billing', { startAt: other, maxAckPending: 9 }]);
      await prepare(admin, next, 'apply');
      expect((await plan(admin, next)).changes).toEqual([]);
    }
  });

  it('drops filters that others cover', async () => {
    const filters = ['orders.placed.*', 'orders.>', 'orders.>', 'orders.placed.1'];
    await prepare(admin, topologyOf('limits', ['billing', { filters }]), 'apply');
    const { config } = await admin.jsm.consumers.info('ORDERS', 'billing');
    expect(filtersOf(config as unknown as Fields)).toEqual(['orders.>', '_jl.ORDERS.billing.>']);
  });

  it('that Jetlane did not make is left alone', async () => {
    await prepare(admin, topologyOf('limits'), 'apply');
    await admin.jsm.consumers.add('ORDERS', { durable_name: 'billing', ack_policy: 'explicit' });
    const found = await plan(admin, topologyOf('limits', ['billing', {}]));
    expect(found.changes.map(({ action, name }) => `${action} ${name}`)).toContain(
      'forbidden billing',
    );
  });

  it('says which declared worker takes the same work', async () => {
    const found = await plan(
      admin,
      topologyOf(
        'workqueue',
        ['a', { filters: ['orders.>'] }],
        ['b', { filters: ['orders.placed.*'] }],
      ),
    );
    expect(found.changes[0]).toMatchObject({ action: 'forbidden', name: 'b' });
    expect(found.changes[0]?.why).toContain('overlaps orders.> of a');
  });
});

describe('a durable that takes all that its stream declares', () => {
  const whole: Partial<WorkerSpec> = { filters: ['orders.placed.*', 'orders.paid.*'] };
  const filters = ['orders.placed.*', 'orders.paid.*', '_jl.ORDERS.billing.>'];

  it('is sent the whole stream, and says what it takes of it', async () => {
    await prepare(admin, topologyOf('limits', ['billing', whole]), 'apply');
    const { config } = await admin.jsm.consumers.info('ORDERS', 'billing');
    expect(config.filter_subjects).toBeUndefined();
    expect(filtersOf(config as unknown as Fields)).toEqual(filters);
  });

  it('loses its filters in place where it was made with them, and keeps its position', async () => {
    await prepare(admin, topologyOf('limits'), 'apply');
    await publish('orders.placed.1', 'orders.paid.1', 'orders.placed.2');
    const metadata = { jetlane: '1' };
    const config = { durable_name: 'billing', filter_subjects: filters, metadata };
    await admin.jsm.consumers.add('ORDERS', { ...config, ack_policy: 'explicit', max_deliver: -1 });
    await take('billing', 2);
    const next = topologyOf('limits', ['billing', whole]);
    const { changes } = await plan(admin, next);
    expect(changes.find(({ name }) => name === 'billing')).toMatchObject({
      action: 'update',
      destructive: false,
    });
    await prepare(admin, next, 'apply');
    expect((await plan(admin, next)).changes).toEqual([]);
    expect(await take('billing', 1)).toEqual([3]);
  });

  it.each(['workqueue', 'interest'] as const)('keeps its filters on a %s stream', async (kind) => {
    await prepare(admin, topologyOf(kind, ['billing', whole]), 'apply');
    const { config } = await admin.jsm.consumers.info('ORDERS', 'billing');
    expect(config.filter_subjects).toEqual(filters);
  });

  it('gets filters when it takes less from now on', async () => {
    await prepare(admin, topologyOf('limits', ['billing', whole]), 'apply');
    const less = topologyOf('limits', ['billing', { filters: ['orders.placed.*'] }]);
    await prepare(admin, less, 'apply');
    const { config } = await admin.jsm.consumers.info('ORDERS', 'billing');
    expect(config.filter_subjects).toEqual(['orders.placed.*', '_jl.ORDERS.billing.>']);
    expect(filtersOf(config as unknown as Fields)).toEqual(config.filter_subjects);
    expect((await plan(admin, less)).changes).toEqual([]);
  });
});

describe('a durable that takes more subjects', () => {
  const before: Partial<WorkerSpec> = { filters: ['orders.placed.*'] };
  const after: Partial<WorkerSpec> = { filters: ['orders.placed.*', 'orders.paid.*'] };

  it.each(['limits', 'workqueue', 'interest'] as const)(
    'of a %s stream gets the waiting messages of all of them, and is asked for first',
    async (retention) => {
      const others: [string, Partial<WorkerSpec>][] =
        retention === 'interest' ? [['audit', { filters: ['orders.paid.*'] }]] : [];
      await prepare(admin, topologyOf(retention, ['billing', before], ...others), 'apply');
      // 1 placed, 2 paid, 3 placed, 4 paid, 5 placed, 6 paid, 7 placed
      await publish(
        ...Array.from({ length: 7 }, (_, i) => `orders.${i % 2 ? 'paid' : 'placed'}.1`),
      );
      expect(await take('billing', 3, [3])).toEqual([1, 3, 5]);
      const next = topologyOf(retention, ['billing', after], ...others);
      await expect(prepare(admin, next, 'apply')).rejects.toMatchObject({
        code: 'TOPOLOGY_CONFLICT',
      });
      await apply(admin, await plan(admin, next), { allowDestructive: true });
      expect((await plan(admin, next)).changes).toEqual([]);
      // On a limits stream what was settled behind the first open message comes again.
      const expected = {
        limits: [3, 4, 5, 6, 7],
        workqueue: [2, 3, 4, 6, 7],
        interest: [3, 4, 6, 7],
      }[retention];
      expect(await take('billing', 7)).toEqual(expected);
    },
  );

  it('finishes a move that a crash interrupted', async () => {
    await prepare(admin, topologyOf('limits', ['billing', before]), 'apply');
    await publish('orders.placed.1', 'orders.paid.1', 'orders.placed.2');
    await take('billing', 2);
    const next = topologyOf('limits', ['billing', after]);
    const [change] = (await plan(admin, next)).changes;
    const interrupted = { ...change?.config, metadata: { jetlane: '1', [MOVE_KEY]: '2' } };
    await admin.nc.request(
      '$JS.API.CONSUMER.DURABLE.CREATE.ORDERS.billing',
      JSON.stringify({ stream_name: 'ORDERS', config: interrupted }),
    );
    await prepare(admin, next, 'apply');
    expect((await plan(admin, next)).changes).toEqual([]);
    expect(await take('billing', 2)).toEqual([2, 3]);
  });

  it.each(['limits', 'interest'] as const)(
    'and began at new messages of a %s stream is replaced at its position',
    async (retention) => {
      const audit: [string, Partial<WorkerSpec>] = ['audit', { filters: ['orders.lost.*'] }];
      await prepare(admin, topologyOf(retention, audit), 'apply');
      await publish('orders.placed.0');
      await prepare(
        admin,
        topologyOf(retention, ['billing', { ...before, startAt: 'new' }], audit),
        'apply',
      );
      await publish('orders.placed.1', 'orders.placed.2', 'orders.placed.3');
      const first = await take('billing', 1);
      const next = topologyOf(retention, ['billing', { ...after, startAt: 'new' }], audit);
      await apply(admin, await plan(admin, next), { allowDestructive: true });
      expect((await plan(admin, next)).changes).toEqual([]);
      expect(await take('billing', 2)).toEqual([1, 2].map((more) => (first[0] ?? 0) + more));
      const names = (await admin.jsm.consumers.list('ORDERS').next()).map(({ name }) => name);
      expect(names.filter((name) => name !== GUARD).sort()).toEqual(['audit', 'billing']);
    },
  );

  it('is made anew where a keeper stands when a crash took it away', async () => {
    await prepare(admin, topologyOf('limits'), 'apply');
    await publish('orders.placed.1', 'orders.placed.2', 'orders.placed.3');
    await admin.jsm.consumers.add('ORDERS', {
      durable_name: 'jl-keep-billing',
      ack_policy: 'explicit',
      deliver_policy: 'by_start_sequence',
      opt_start_seq: 3,
    });
    await prepare(admin, topologyOf('limits', ['billing', before]), 'apply');
    expect(await take('billing', 1)).toEqual([3]);
  });
});

describe('a durable that takes fewer subjects', () => {
  it.each([
    ['limits', false],
    ['workqueue', true],
    ['interest', true],
  ] as const)('of a %s stream changes in place; at stake: %s', async (retention, destructive) => {
    await prepare(admin, topologyOf(retention, ['billing', {}]), 'apply');
    const next = topologyOf(retention, ['billing', { filters: ['orders.placed.*'] }]);
    const found = await plan(admin, next);
    expect(found.changes).toMatchObject([{ action: 'update', name: 'billing', destructive }]);
    await apply(admin, found, { allowDestructive: true });
    expect((await plan(admin, next)).changes).toEqual([]);
  });
});

describe('a durable with settings of its making', () => {
  it.each([
    ['ack_policy', { ack_policy: 'all' }],
    ['replay_policy', { replay_policy: 'original' }],
    ['max_waiting', { max_waiting: 10 }],
    ['mem_storage', { mem_storage: true }],
  ])('is replaced at its position for another %s', async (_, jetstreamOptions) => {
    await prepare(admin, topologyOf('limits', ['billing', {}]), 'apply');
    await publish('orders.placed.1', 'orders.placed.2', 'orders.placed.3');
    await take('billing', 2);
    const next = topologyOf('limits', ['billing', { jetstream: jetstreamOptions }]);
    const found = await plan(admin, next);
    expect(found.changes).toMatchObject([{ action: 'recreate', destructive: true }]);
    await apply(admin, found, { allowDestructive: true });
    expect((await plan(admin, next)).changes).toEqual([]);
    expect(await take('billing', 1)).toEqual([3]);
  });
});

describe('a durable of another ack policy', () => {
  it('is replaced at its position, there and back', async () => {
    const [acked, unacked] = (['explicit', 'none'] as const).map((ackPolicy) =>
      topologyOf('limits', ['billing', { ackPolicy, maxAckPending: 50 }]),
    ) as [Topology, Topology];
    await prepare(admin, acked, 'apply');
    await publish('orders.placed.1', 'orders.placed.2', 'orders.placed.3');
    await take('billing', 1);
    for (const [next, seq] of [
      [unacked, 2],
      [acked, 3],
    ] as const) {
      const found = await plan(admin, next);
      expect(found.changes).toMatchObject([{ action: 'recreate', destructive: true }]);
      await expect(prepare(admin, next, 'apply')).rejects.toMatchObject({
        code: 'TOPOLOGY_CONFLICT',
      });
      await apply(admin, found, { allowDestructive: true });
      expect((await plan(admin, next)).changes).toEqual([]);
      expect(await take('billing', 1, next === unacked ? [seq] : [])).toEqual([seq]);
    }
  });
});

describe('durables of a stream that is made anew', () => {
  it('are made anew too', async () => {
    await prepare(admin, topologyOf('limits', ['billing', {}]), 'apply');
    const next = topologyOf('workqueue', ['billing', {}]);
    const found = await plan(admin, next);
    expect(found.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'recreate ORDERS',
      'create billing',
    ]);
    await apply(admin, found, { allowDestructive: true });
    expect((await plan(admin, next)).changes).toEqual([]);
  });
});
