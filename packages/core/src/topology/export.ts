/** A topology as configuration for other tools, for teams that let them make streams. Pure. */
import { JetlaneError } from '@jetlane/contracts';
import type { Topology } from '../bus.ts';
import { toNack } from './export-nack.ts';
import { toTerraform } from './export-terraform.ts';
import type { Fields } from './stream-config.ts';
import { toWanted } from './wanted.ts';

/** Whose language to speak. */
export type ExportFormat = 'nats' | 'nack' | 'terraform';

/** A managed stream with the durables on it. */
export interface ExportedStream {
  readonly name: string;
  readonly config: Fields;
}

/** A durable. */
export interface ExportedConsumer {
  readonly name: string;
  readonly stream: string;
  readonly config: Fields;
}

/** What an exporter gets. Every default is written out. */
export interface ExportedTopology {
  readonly streams: readonly ExportedStream[];
  readonly consumers: readonly ExportedConsumer[];
}

/**
 * Streams, dead letter streams and durables of a topology as text; streams with `managed: false` are left out, their durables not.
 *
 * - `'nats'`: JSON, `{ streams: { NAME: config }, consumers: { STREAM: { NAME: config } } }`; each config is what
 *   `nats stream add --config FILE` and `nats consumer add STREAM --config FILE` take.
 * - `'nack'`: YAML for the Kubernetes resources `Stream` and `Consumer` of NACK (`jetstream.nats.io/v1beta2`).
 * - `'terraform'`: HCL for the `jetstream` provider.
 *
 * A field that a format has no word for is named in a comment.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT` when declared parts contradict each other; `CONFIG_INVALID` for another format
 */
export function exportTopology(topology: Topology, format: ExportFormat): string {
  const { streams, consumers, contradictions } = toWanted(topology);
  if (contradictions.length > 0) {
    const lines = contradictions.map(
      ({ kind, name, why, advice }) => `\n  - ${kind} ${name}: ${why} (${advice})`,
    );
    throw new JetlaneError(
      'TOPOLOGY_CONFLICT',
      `declared parts contradict each other:${lines.join('')}`,
    );
  }
  const exported: ExportedTopology = {
    streams: streams
      .filter(({ managed }) => managed)
      .map(({ name, config }) => ({ name, config: { num_replicas: 1, ...config } })),
    consumers: consumers.map(({ name, stream, config }) => ({
      name,
      stream,
      config: { replay_policy: 'instant', ...config },
    })),
  };
  switch (format) {
    case 'nats':
      return toNats(exported);
    case 'nack':
      return toNack(exported);
    case 'terraform':
      return toTerraform(exported);
    default:
      throw new JetlaneError(
        'CONFIG_INVALID',
        `format must be 'nats', 'nack' or 'terraform', not '${String(format)}'`,
      );
  }
}

function toNats({ streams, consumers }: ExportedTopology): string {
  const byStream: Record<string, Record<string, Fields>> = {};
  for (const { name, stream, config } of consumers) {
    byStream[stream] = { ...byStream[stream], [name]: { name, ...config } };
  }
  const named = Object.fromEntries(streams.map(({ name, config }) => [name, config]));
  return `${JSON.stringify({ streams: named, consumers: byStream }, null, 2)}\n`;
}
