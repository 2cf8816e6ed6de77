/** A topology as configuration for other tools, for teams that let them make streams. Pure. */
import { JetlaneError } from '@jetlane/contracts';
import type { Topology } from '../bus.ts';
import { shown } from '../printed.ts';
import { toTimetableMessage } from '../schedule/timetable.ts';
import { toNack } from './export-nack.ts';
import type { ExportedSchedule } from './export-schedule.ts';
import { toTerraform } from './export-terraform.ts';
import type { Fields } from './stream-config.ts';
import { wantedTimetables } from './timetables.ts';
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
  readonly schedules: readonly ExportedSchedule[];
}

/**
 * Streams, dead letter streams, durables and timetables of a topology as text; streams with `managed: false` are left out, their durables not.
 *
 * - `'nats'`: JSON, `{ streams: { NAME: config }, consumers: { STREAM: { NAME: config } } }`; each config is what
 *   `nats stream add --config FILE` and `nats consumer add STREAM --config FILE` take. Timetables follow under `schedules`, by name,
 *   as `{ subject, headers, body }`.
 * - `'nack'`: YAML for the Kubernetes resources `Stream` and `Consumer` of NACK (`jetstream.nats.io/v1beta2`).
 * - `'terraform'`: HCL for the `jetstream` provider.
 *
 * A field that a format has no word for is named in a comment. So is a timetable in the last two, which is a message and no
 * resource: as the command of the nats tool that stores it.
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
    schedules: wantedTimetables(topology).map(({ name, timetable }) => {
      const { subject, headers, payload } = toTimetableMessage(name, timetable);
      return { name, subject, headers, body: new TextDecoder().decode(payload) };
    }),
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
        `format must be 'nats', 'nack' or 'terraform', not ${shown(format)}`,
      );
  }
}

function toNats({ streams, consumers, schedules }: ExportedTopology): string {
  const byStream: Record<string, Record<string, Fields>> = {};
  for (const { name, stream, config } of consumers) {
    byStream[stream] = { ...byStream[stream], [name]: { name, ...config } };
  }
  const named = Object.fromEntries(streams.map(({ name, config }) => [name, config]));
  const ticking = Object.fromEntries(schedules.map(({ name, ...message }) => [name, message]));
  const all = {
    streams: named,
    consumers: byStream,
    ...(schedules.length > 0 && { schedules: ticking }),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}
