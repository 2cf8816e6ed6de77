import { type StreamSettings, stream } from '@jetlane/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Topology } from '../src/bus.ts';
import type { Admin } from '../src/topology/admin.ts';
import { apply } from '../src/topology/apply.ts';
import type { Plan } from '../src/topology/change.ts';
import { filtersOf } from '../src/topology/normal-form.ts';
import { plan } from '../src/topology/plan.ts';
import { prepare } from '../src/topology/prepare.ts';
import type { Fields } from '../src/topology/stream-config.ts';
import { addStream, adminOf, clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  const started = await startAdmin();
  ({ admin, close } = started);
  url = started.server.url;
});
afterAll(() => close());
beforeEach(() => clear(admin));

function orders(settings: StreamSettings = {}) {
  return stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...settings });
}

function only(...streams: ReturnType<typeof orders>[]): Topology {
  return { streams, workers: [] };
}

async function seed(topology: Topology): Promise<void> {
  await apply(admin, await plan(admin, topology), { allowDestructive: true });
}

function brief({ changes }: Plan): string[] {
  return changes.map(
    ({ action, kind, name, destructive }) => `${action} ${kind} ${name}${destructive ? '!' : ''}`,
  );
}

async function publish(subject: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await admin.nc.request(subject, 'x', { timeout: 2_000 });
}

describe('a plan', () => {
  it('creates streams, durables and the dead letter stream, and is empty after apply', async () => {
    const Orders = orders();
    const topology = { streams: [Orders], workers: [specOf('billing', Orders)] };
    expect(brief(await plan(admin, topology))).toEqual([
      'create stream DLQ',
      'create stream ORDERS',
      'create consumer billing',
    ]);
    await prepare(admin, topology, 'apply');
    expect(await plan(admin, topology)).toEqual({ changes: [], warnings: [] });
    const { config } = await admin.jsm.streams.info('ORDERS');
    expect(config.subjects).toEqual(['orders.>', '_jl.ORDERS.>']);
    expect(config.metadata).toMatchObject({ jetlane: '1' });
    const durable = await admin.jsm.consumers.info('ORDERS', 'billing');
    expect(filtersOf(durable.config as unknown as Fields)).toEqual([
      'orders.>',
      '_jl.ORDERS.billing.>',
    ]);
    expect(durable.config.max_deliver).toBe(-1);
  });

  it('leaves streams and consumers of others alone', async () => {
    await addStream(admin, {
      name: 'OTHER',
      subjects: ['other.>'],
      metadata: { jetlane: '1' },
    });
    await seed(only(orders()));
    await admin.jsm.consumers.add('ORDERS', { durable_name: 'theirs', ack_policy: 'explicit' });
    expect((await plan(admin, only(orders()))).changes).toEqual([]);
  });

  it('does not touch a stream that Jetlane did not make, and says how to use it', async () => {
    await addStream(admin, { name: 'ORDERS', subjects: ['orders.>'] });
    const found = await plan(admin, only(orders()));
    expect(brief(found)).toEqual(['forbidden stream ORDERS']);
    expect(found.changes[0]?.advice).toContain('managed: false');
    expect((await plan(admin, only(orders({ managed: false })))).changes).toEqual([]);
  });

  it('asks of an unmanaged stream that it exists and stores what is declared', async () => {
    const missing = await plan(admin, only(orders({ managed: false })));
    expect(missing.changes[0]).toMatchObject({ action: 'forbidden', name: 'ORDERS' });
    await addStream(admin, { name: 'ORDERS', subjects: ['orders.paid.>'] });
    const narrow = await plan(admin, only(orders({ managed: false })));
    expect(narrow.changes[0]?.why).toContain('orders.placed.*');
  });

  it('says which stream of others overlaps before the server refuses', async () => {
    await addStream(admin, { name: 'THEIRS', subjects: ['orders.placed.x'] });
    const found = await plan(admin, only(orders()));
    expect(brief(found)).toEqual(['forbidden stream ORDERS']);
    expect(found.changes[0]?.why).toContain('THEIRS');
  });

  it('moves a subject from one declared stream to another', async () => {
    const both = stream('ORDERS', { subjects: ['orders.>', 'cards.>'], messages: [Placed] });
    await seed({ streams: [both], workers: [] });
    const cards = stream('CARDS', { subjects: ['cards.>'], messages: [] });
    const next = { streams: [cards, orders()], workers: [] };
    await prepare(admin, next, 'apply');
    expect((await plan(admin, next)).changes).toEqual([]);
  });

  it('says which consumer of others takes the same work', async () => {
    const Orders = orders({ retention: 'workqueue' });
    await seed(only(Orders));
    await admin.jsm.consumers.add('ORDERS', {
      durable_name: 'theirs',
      ack_policy: 'explicit',
      filter_subject: 'orders.placed.*',
    });
    const found = await plan(admin, { streams: [Orders], workers: [specOf('billing', Orders)] });
    expect(brief(found)).toContain('forbidden consumer billing');
    expect(found.changes[0]?.why).toContain('theirs');
  });

  it('warns of an interest stream that nobody reads and of limits that drop what is unread', async () => {
    const unheard = await plan(admin, only(orders({ retention: 'interest' })));
    expect(unheard.warnings.map(({ what }) => what).join()).toContain('no consumer');
    const Orders = orders({ maxAge: '1h', maxMsgs: 10 });
    const dropping = await plan(admin, {
      streams: [Orders],
      workers: [specOf('billing', Orders, { deadLetter: false })],
    });
    expect(dropping.warnings.map(({ what }) => what).join()).toContain(
      'maxAge and maxMsgs may drop',
    );
    expect(dropping.warnings.map(({ what }) => what).join()).toContain('no dead letters');
  });
});

/** As streams were before they kept messages for later. */
const unscheduled = { jetstream: { allow_msg_schedules: false } } as const;

describe('changing a stream', () => {
  const cases: [string, StreamSettings, StreamSettings, string[]][] = [
    ['storage', {}, { storage: 'memory' }, ['recreate stream ORDERS!']],
    ['storage back', { storage: 'memory' }, {}, ['recreate stream ORDERS!']],
    ['retention', {}, { retention: 'workqueue' }, ['recreate stream ORDERS!']],
    ['retention back', { retention: 'workqueue' }, {}, ['recreate stream ORDERS!']],
    [
      'interest of an empty stream',
      {},
      { retention: 'interest' },
      ['update stream ORDERS', 'create consumer jl-schedule-guard'],
    ],
    ['interest to limits', { retention: 'interest' }, {}, ['update stream ORDERS']],
    ['durability', {}, { durability: 'async' }, ['recreate stream ORDERS!']],
    ['durability back', { durability: 'async' }, {}, ['recreate stream ORDERS!']],
    ['denyDelete', {}, { denyDelete: true }, ['update stream ORDERS']],
    ['denyDelete back', { denyDelete: true }, {}, ['forbidden stream ORDERS']],
    ['denyPurge, which ends schedules', {}, { denyPurge: true }, ['forbidden stream ORDERS']],
    ['denyPurge back', { denyPurge: true }, {}, ['forbidden stream ORDERS']],
    ['message TTLs', { jetstream: { allow_msg_ttl: false } }, {}, ['update stream ORDERS']],
    ['message TTLs back', {}, { jetstream: { allow_msg_ttl: false } }, ['forbidden stream ORDERS']],
    ['schedules', unscheduled, {}, ['update stream ORDERS']],
    ['schedules back', {}, unscheduled, ['forbidden stream ORDERS']],
    ['compression', {}, { compression: 's2' }, ['update stream ORDERS']],
    ['compression back', { compression: 's2' }, {}, ['update stream ORDERS']],
    ['maxConsumers', {}, { maxConsumers: 3 }, ['update stream ORDERS']],
    ['maxConsumers back', { maxConsumers: 3 }, {}, ['update stream ORDERS']],
    ['discard, which ends schedules', {}, { discard: 'new' }, ['forbidden stream ORDERS']],
    ['discard of an unscheduled stream', unscheduled, { discard: 'new' }, ['update stream ORDERS']],
    ['discard back', { discard: 'new' }, {}, ['update stream ORDERS']],
    ['republish', {}, { republish: { from: 'orders.>', to: 'copy.>' } }, ['update stream ORDERS']],
    [
      'republish back',
      { republish: { from: 'orders.>', to: 'copy.>' } },
      {},
      ['update stream ORDERS'],
    ],
    [
      'subjectTransform',
      {},
      { subjectTransform: { from: 'orders.a.*', to: 'orders.b.{{wildcard(1)}}' } },
      ['update stream ORDERS'],
    ],
    [
      'sources, which end schedules',
      {},
      { sources: [{ name: 'SOURCE' }] },
      ['forbidden stream ORDERS'],
    ],
    [
      'sources of an unscheduled stream',
      unscheduled,
      { sources: [{ name: 'SOURCE' }] },
      ['update stream ORDERS'],
    ],
    [
      'sources back',
      { sources: [{ name: 'SOURCE', filter: 's.a' }] },
      {},
      ['update stream ORDERS'],
    ],
    ['dedupeWindow', {}, { dedupeWindow: '1h' }, ['update stream ORDERS']],
    ['maxAge', {}, { maxAge: '1h' }, ['update stream ORDERS']],
    ['maxMsgSize', {}, { maxMsgSize: '1KiB' }, ['update stream ORDERS']],
    ['description', {}, { description: 'all orders' }, ['update stream ORDERS']],
    ['metadata', {}, { metadata: { team: 'shop' } }, ['update stream ORDERS']],
    [
      'rollups',
      unscheduled,
      { jetstream: { ...unscheduled.jetstream, allow_rollup_hdrs: true } },
      ['update stream ORDERS'],
    ],
    ['atomic batches', { jetstream: { allow_atomic: false } }, {}, ['update stream ORDERS']],
    [
      'consumer limits',
      {},
      { jetstream: { consumer_limits: { max_ack_pending: 5_000 } } },
      ['update stream ORDERS'],
    ],
  ];

  it.each(cases)('%s', async (_, before, after, expected) => {
    await addStream(admin, { name: 'SOURCE', subjects: ['s.>'] });
    await seed(only(orders(before)));
    const found = await plan(admin, only(orders(after)));
    expect(brief(found)).toEqual(expected);
    if (expected[0]?.startsWith('forbidden')) return;
    if (expected[0]?.endsWith('!')) {
      await expect(apply(admin, found)).rejects.toMatchObject({ code: 'TOPOLOGY_CONFLICT' });
    }
    await apply(admin, found, { allowDestructive: true });
    expect((await plan(admin, only(orders(after)))).changes).toEqual([]);
  });

  it('replaces a mirror of another stream, and promotes one only when asked', async () => {
    await addStream(admin, { name: 'SOURCE', subjects: ['s.>'] });
    await addStream(admin, { name: 'OTHER', subjects: ['o.>'] });
    const copy = (name: string) =>
      stream('COPY', { subjects: [], messages: [], mirror: { name, filter: 's.a' } });
    await seed({ streams: [copy('SOURCE')], workers: [] });
    expect((await plan(admin, { streams: [copy('SOURCE')], workers: [] })).changes).toEqual([]);
    const other = await plan(admin, { streams: [copy('OTHER')], workers: [] });
    expect(brief(other)).toEqual(['recreate stream COPY!']);
    const promoted = stream('COPY', { subjects: ['copy.>'], messages: [] });
    const promote = await plan(admin, { streams: [promoted], workers: [] });
    expect(brief(promote)).toEqual(['update stream COPY!']);
    await apply(admin, promote, { allowDestructive: true });
    expect((await plan(admin, { streams: [promoted], workers: [] })).changes).toEqual([]);
  });

  it('calls a lower limit destructive only when something stored is over it', async () => {
    await seed(only(orders()));
    await publish('orders.placed.1', 3);
    expect(brief(await plan(admin, only(orders({ maxMsgs: 3 }))))).toEqual([
      'update stream ORDERS',
    ]);
    expect(brief(await plan(admin, only(orders({ maxMsgs: 2 }))))).toEqual([
      'update stream ORDERS!',
    ]);
    expect(brief(await plan(admin, only(orders({ maxAge: '1h' }))))).toEqual([
      'update stream ORDERS',
    ]);
    expect(brief(await plan(admin, only(orders({ retention: 'interest' }))))).toEqual([
      'update stream ORDERS!',
      'create consumer jl-schedule-guard',
    ]);
  });

  it('keeps what others added: metadata, and fields that the declaration does not know', async () => {
    await seed(only(orders()));
    const { config } = await admin.jsm.streams.info('ORDERS');
    await admin.jsm.streams.update('ORDERS', {
      ...config,
      metadata: { ...config.metadata, team: 'x' },
    });
    await prepare(admin, only(orders({ description: 'new' })), 'apply');
    const after = await admin.jsm.streams.info('ORDERS');
    expect(after.config.metadata).toMatchObject({ team: 'x', jetlane: '1' });
    expect(after.config.description).toBe('new');
  });

  it('leaves the limits of a dead letter stream to its operator', async () => {
    const Orders = orders();
    const topology = { streams: [Orders], workers: [specOf('billing', Orders)] };
    await seed(topology);
    const { config } = await admin.jsm.streams.info('DLQ');
    const subjects = [...config.subjects, 'more.>'];
    await admin.jsm.streams.update('DLQ', { ...config, max_bytes: 1_000_000, subjects });
    expect((await plan(admin, topology)).changes).toEqual([]);
  });
});

describe('applying', () => {
  it('is safe when many processes do it at once', async () => {
    const Orders = orders();
    const topology = {
      streams: [Orders],
      workers: ['a', 'b', 'c'].map((name) => specOf(name, Orders)),
    };
    const others = await Promise.all([adminOf(url), adminOf(url), adminOf(url)]);
    await Promise.all([admin, ...others].map((each) => prepare(each, topology, 'apply')));
    const wider = orders({ maxMsgs: 100 });
    const next = {
      streams: [wider],
      workers: topology.workers.map((spec) => ({ ...spec, stream: wider, maxAckPending: 7 })),
    };
    await Promise.all([admin, ...others].map((each) => prepare(each, next, 'apply')));
    expect((await plan(admin, next)).changes).toEqual([]);
    await Promise.all(others.map(({ nc }) => nc.close()));
  });

  it('is safe when two processes replace a stream at once', async () => {
    await seed(only(orders()));
    const next = only(orders({ storage: 'memory' }));
    const other = await adminOf(url);
    const twice = [admin, other].map(async (each) =>
      apply(each, await plan(each, next), { allowDestructive: true }),
    );
    await Promise.all(twice);
    expect((await plan(admin, next)).changes).toEqual([]);
    await other.nc.close();
  });

  it('asks once for each part when there is nothing to do', async () => {
    const Orders = orders();
    const topology = { streams: [Orders], workers: ['a', 'b'].map((name) => specOf(name, Orders)) };
    await prepare(admin, topology, 'apply');
    await admin.nc.flush();
    const before = admin.nc.stats().outMsgs;
    await prepare(admin, topology, 'apply');
    expect(admin.nc.stats().outMsgs - before).toBe(4);
  });

  it('changes nothing when one part is refused', async () => {
    await seed(only(orders()));
    const topology = {
      streams: [
        orders({ storage: 'memory' }),
        stream('CARDS', { subjects: ['cards.>'], messages: [] }),
      ],
      workers: [],
    };
    await expect(prepare(admin, topology, 'apply')).rejects.toThrow(
      /recreate stream ORDERS \[storage "file" -> "memory"\].*--allow-destructive/s,
    );
    await expect(admin.jsm.streams.info('CARDS')).rejects.toThrow('stream not found');
  });

  it('only looks when it verifies', async () => {
    await expect(prepare(admin, only(orders()), 'verify')).rejects.toMatchObject({
      code: 'TOPOLOGY_CONFLICT',
    });
    await expect(admin.jsm.streams.info('ORDERS')).rejects.toThrow('stream not found');
    await seed(only(orders()));
    await expect(prepare(admin, only(orders()), 'verify')).resolves.toBeUndefined();
  });

  it('quotes the server when it refuses an option', async () => {
    await expect(prepare(admin, only(orders({ replicas: 3 })), 'apply')).rejects.toThrow(
      /creating stream ORDERS: the server answered "replicas > 1 not supported/,
    );
  });

  it('is needed again after somebody changed a stream by hand', async () => {
    await seed(only(orders()));
    const { config } = await admin.jsm.streams.info('ORDERS');
    await admin.jsm.streams.update('ORDERS', { ...config, max_msgs: 5, allow_direct: false });
    const found = await plan(admin, only(orders()));
    expect(found.changes[0]?.fields).toEqual([
      { field: 'max_msgs', from: 5, to: -1 },
      { field: 'allow_direct', from: false, to: true },
    ]);
    await prepare(admin, only(orders()), 'apply');
    expect((await plan(admin, only(orders()))).changes).toEqual([]);
  });
});
