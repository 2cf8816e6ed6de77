import { type StreamSettings, stream } from '@jetlane/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Admin } from '../src/topology/admin.ts';
import { apply } from '../src/topology/apply.ts';
import { exportTopology } from '../src/topology/export.ts';
import { plan } from '../src/topology/plan.ts';
import type { WorkerSpec } from '../src/worker/worker-spec.ts';
import { addStream, clear, Placed, specOf, startAdmin } from './topology-setup.ts';

let admin: Admin;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ admin, close } = await startAdmin());
});
afterAll(() => close());

const RUNS = 60;

const settings = fc
  .record(
    {
      description: fc.constantFrom('text', 'zażółć'),
      retention: fc.constantFrom('limits', 'interest', 'workqueue'),
      maxAge: fc.constantFrom('1s', '1500ms', '30s', '7d'),
      maxBytes: fc.constantFrom('1MiB', '10MiB'),
      maxMsgs: fc.integer({ min: 1, max: 1_000 }),
      maxMsgsPerSubject: fc.integer({ min: 1, max: 10 }),
      maxMsgSize: fc.constantFrom('1KiB', '64KiB'),
      maxConsumers: fc.integer({ min: 2, max: 9 }),
      discard: fc.constantFrom('old', 'new'),
      storage: fc.constantFrom('file', 'memory'),
      compression: fc.constantFrom('none', 's2'),
      denyDelete: fc.boolean(),
      denyPurge: fc.boolean(),
      placement: fc.constantFrom({ tags: [] }, {}),
      republish: fc.constantFrom(
        { to: 'copy.>' },
        { from: 'orders.>', to: 'c.>', headersOnly: true },
      ),
      subjectTransform: fc.constant({ from: 'orders.a.*', to: 'orders.b.{{wildcard(1)}}' }),
      sources: fc.constantFrom(
        [{ name: 'SOURCE' }],
        [{ name: 'SOURCE', startSeq: 1, filter: 's.a' }],
        [
          { name: 'SOURCE', domain: 'hub' },
          { name: 'OTHER', subjectTransforms: [{ from: 'o.>', to: 'p.>' }] },
        ],
      ),
      metadata: fc.constantFrom({ team: 'shop' }, {}),
      jetstream: fc.constantFrom(
        {},
        { allow_rollup_hdrs: true },
        { allow_atomic: true, allow_batched: true },
        { subject_delete_marker_ttl: 60_000_000_000 },
        { consumer_limits: { max_ack_pending: 2_000 } },
        { no_ack: true },
        { first_seq: 10 },
        { num_replicas: 1 },
      ),
    },
    { requiredKeys: [] },
  )
  .map((chosen) => chosen as StreamSettings)
  // What the server refuses in any case.
  .filter(({ retention, discard, sources, jetstream, denyPurge }) => {
    const rollups =
      jetstream?.allow_rollup_hdrs === true || jetstream?.subject_delete_marker_ttl !== undefined;
    if (rollups && denyPurge === true) return false;
    if (sources !== undefined && jetstream?.subject_delete_marker_ttl !== undefined) return false;
    return !(
      retention !== undefined &&
      retention !== 'limits' &&
      discard === 'new' &&
      jetstream?.no_ack
    );
  });

const options = fc.record(
  {
    startAt: fc.constantFrom<WorkerSpec['startAt'][]>(
      'first',
      'new',
      new Date('2026-01-01T00:00:00.500Z'),
    ),
    maxAckPending: fc.integer({ min: 1, max: 1_000 }),
    ackWaitMs: fc.integer({ min: 1, max: 60_000 }),
    filters: fc.constantFrom(
      ['orders.>'],
      ['orders.a.*', 'orders.b.>'],
      ['orders.a.1', 'orders.a.*'],
    ),
    jetstream: fc.constantFrom(
      {},
      { headers_only: true },
      { inactive_threshold: 60_000_000_000 },
      { filter_subject: 'orders.c', filter_subjects: undefined },
      { backoff: [1_000_000_000], max_deliver: 3 },
      { num_replicas: 1, mem_storage: true },
      { priority_groups: ['A'], priority_policy: 'overflow' },
    ),
  },
  { requiredKeys: [] },
);

/** What chance found once. */
const FOUND: [StreamSettings, Record<never, never>][] = [
  [{ retention: 'interest', jetstream: { consumer_limits: { max_ack_pending: 2_000 } } }, {}],
  [{ retention: 'interest', jetstream: { consumer_limits: { max_ack_pending: 1_000 } } }, {}],
];

it('after apply nothing is left to do, and an export is what the server takes, whatever is declared', async () => {
  await fc.assert(
    fc.asyncProperty(settings, options, async (chosen, worker) => {
      await clear(admin);
      await addStream(admin, { name: 'SOURCE', subjects: ['s.>'] });
      const Orders = stream('ORDERS', { subjects: ['orders.>'], messages: [Placed], ...chosen });
      const startAt = chosen.retention === 'workqueue' ? 'first' : (worker.startAt ?? 'first');
      const spec = specOf('billing', Orders, { ...(worker as object), startAt });
      const topology = { streams: [Orders], workers: [spec] };
      const before = await plan(admin, topology);
      await apply(admin, before);
      expect((await plan(admin, topology)).changes).toEqual([]);
      await clear(admin);
      await create(exportTopology(topology, 'nats'));
      expect((await plan(admin, topology)).changes).toEqual([]);
    }),
    { numRuns: RUNS, endOnFailure: true, examples: FOUND },
  );
}, 120_000);

async function create(exported: string): Promise<void> {
  const { streams, consumers } = JSON.parse(exported);
  for (const [name, config] of Object.entries(streams)) await send(`STREAM.CREATE.${name}`, config);
  for (const [stream, durables] of Object.entries(consumers as Record<string, object>)) {
    for (const [name, config] of Object.entries(durables)) {
      await send(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config });
    }
  }
}

async function send(path: string, body: unknown): Promise<void> {
  const attempt = async () => {
    const reply = await admin.nc.request(`$JS.API.${path}`, JSON.stringify(body));
    return reply.json<{ error?: { description: string; err_code: number } }>().error;
  };
  // A server may still be removing the files of the stream that had this name.
  const first = await attempt();
  if (first?.err_code === STORE_NOT_READY) await expect.poll(attempt).toBeUndefined();
  else expect(first).toBeUndefined();
}

const STORE_NOT_READY = 10_049;
