import { event, stream } from '@jetlane/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { collect } from '../app.ts';
import { schedule } from '../schedule/schedule.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { exportTopology } from './export.ts';

const Placed = event('Placed', {
  subject: 'orders.placed.{orderId}',
  schema: z.object({ orderId: z.string() }),
});
const Orders = stream('ORDERS', {
  subjects: ['orders.>'],
  messages: [Placed],
  maxAge: '90m',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what Terraform would take for a template
  description: 'costs ${all}',
  replicas: 3,
  placement: { cluster: 'east', tags: ['ssd'] },
  republish: { from: 'orders.>', to: 'copy.>', headersOnly: true },
  sources: [
    { name: 'OLD', startSeq: 7, domain: 'hub', subjectTransforms: [{ from: 'a', to: 'b' }] },
  ],
  jetstream: { consumer_limits: { inactive_threshold: 60_000_000_000 }, allow_batched: true },
});
const Foreign = stream('FOREIGN', { subjects: ['f.>'], messages: [], managed: false });

function spec(name: string, source: typeof Orders | typeof Foreign): WorkerSpec {
  return {
    name,
    stream: source,
    filters: source.subjects,
    startAt: 'new',
    maxAckPending: 100,
    ackWaitMs: 1_500,
    deadLetter: 'DLQ',
    jetstream: { sample_freq: '50%', backoff: [1_000_000_000, 2_500_000_000] },
  } as Partial<WorkerSpec> as WorkerSpec;
}

const topology = {
  streams: [Orders, Foreign],
  workers: [spec('billing', Orders), spec('audit', Foreign)],
};

describe('exporting a topology', () => {
  it('for the nats tool gives whole configurations by name', () => {
    const { streams, consumers } = JSON.parse(exportTopology(topology, 'nats'));
    expect(Object.keys(streams)).toEqual(['DLQ', 'ORDERS']);
    expect(streams.ORDERS).toMatchObject({ name: 'ORDERS', num_replicas: 3, max_msgs: -1 });
    expect(consumers.ORDERS.billing).toMatchObject({
      durable_name: 'billing',
      replay_policy: 'instant',
    });
    expect(consumers.FOREIGN.audit).toMatchObject({ name: 'audit' });
  });

  it.each(['nats', 'nack', 'terraform'] as const)(
    'says in %s how timetables get to the server',
    (format) => {
      const when = { cron: '0 18 * * *', timezone: 'Europe/Berlin' };
      const text = exportTopology(collect([schedule('end-of-day', when, () => undefined)]), format);
      expect(text).toContain('TICKS');
      if (format === 'nats') {
        expect(JSON.parse(text).schedules['end-of-day']).toEqual({
          subject: '_jl.TICKS.sched._tick.end-of-day',
          headers: expect.objectContaining({ 'Nats-Schedule-Time-Zone': 'Europe/Berlin' }),
          body: '{"name":"end-of-day"}',
        });
      } else {
        expect(text).toContain('# schedule end-of-day is a message');
        expect(text).toMatch(
          /^# nats pub .*-H 'Nats-Schedule-Time-Zone:Europe\/Berlin'.*'\{"name":"end-of-day"\}'$/m,
        );
      }
    },
  );

  it('for NACK speaks of Kubernetes resources', () => {
    const yaml = exportTopology(topology, 'nack');
    expect(yaml.split('---\n')).toHaveLength(4);
    expect(yaml).toContain(`apiVersion: "jetstream.nats.io/v1beta2"
kind: "Stream"
metadata:
  name: "orders"
spec:
`);
    for (const line of [
      '  maxAge: "5400s"',
      '  replicas: 3',
      '  allowMsgTtl: true',
      '  placement:\n    cluster: "east"\n    tags:\n      - "ssd"',
      '  republish:\n    source: "orders.>"\n    destination: "copy.>"',
      '  sources:\n    - name: "OLD"\n      optStartSeq: 7\n      externalApiPrefix: "$JS.hub.API"\n      subjectTransforms:\n        - source: "a"\n          dest: "b"',
      '  consumerLimits:\n    inactiveThreshold: "60s"',
      '# NACK has no word for allow_batched: true',
      '# NACK has no word for republish.headers_only: true',
      '  streamName: "ORDERS"',
      '  deliverPolicy: "new"',
      '  ackWait: "1500ms"',
      '  backoff:\n    - "1s"\n    - "2500ms"',
    ]) {
      expect(yaml).toContain(`${line}\n`);
    }
  });

  it('for Terraform writes resources of the jetstream provider, in whole seconds', () => {
    const hcl = exportTopology(topology, 'terraform');
    for (const line of [
      'resource "jetstream_stream" "ORDERS" {',
      '  max_age = 5400',
      '  replicas = 3',
      '  description = "costs $${all}"',
      '  placement_cluster = "east"',
      '  placement_tags = ["ssd"]',
      '  republish_source = "orders.>"',
      '  republish_headers_only = true',
      '  inactive_threshold = 60',
      '  metadata = { "jetlane" = "1" }',
      '  source {',
      '    start_seq = 7',
      '    subject_transform {',
      '      source = "a"',
      '    external {',
      'resource "jetstream_consumer" "ORDERS_billing" {',
      '  stream_id = jetstream_stream.ORDERS.id',
      '  stream_id = "FOREIGN"',
      '  deliver_new = true',
      '  ack_wait = 2',
      '  max_delivery = -1',
      '  sample_freq = 50',
      '  backoff = [1, 3]',
    ]) {
      expect(hcl).toContain(`${line}\n`);
    }
    expect(hcl).not.toContain('no word for');
  });

  it('refuses parts that contradict each other, and formats that it does not know', () => {
    const other = stream('ORDERS', { subjects: ['else.>'], messages: [] });
    expect(() => exportTopology({ streams: [Orders, other], workers: [] }, 'nats')).toThrow(
      /stream ORDERS: it is declared twice/,
    );
    expect(() => exportTopology(topology, 'toml' as 'nats')).toThrow(
      /'nats', 'nack' or 'terraform'/,
    );
  });
});
