/** HCL for the `jetstream` provider of Terraform. Its durations are whole seconds: shorter parts are rounded up. Pure. */
import type { ExportedConsumer, ExportedStream, ExportedTopology } from './export.ts';
import { scheduleComments } from './export-schedule.ts';
import type { Fields } from './stream-config.ts';

/** One resource for each stream and durable, and the provider that they need. */
export function toTerraform({ streams, consumers, schedules }: ExportedTopology): string {
  const managed = new Set(streams.map(({ name }) => name));
  return [
    PROVIDER,
    ...streams.map(toStream),
    ...consumers.map((consumer) => toConsumer(consumer, managed)),
    ...scheduleComments(schedules),
  ].join('\n');
}

const PROVIDER = `terraform {
  required_providers {
    jetstream = {
      source = "nats-io/jetstream"
    }
  }
}
`;

/** Arguments of one resource, and what has no word there. */
interface Arguments {
  readonly lines: string[];
  readonly unknown: string[];
}

function toStream({ name, config }: ExportedStream): string {
  const { lines, unknown } = toArguments(config, STREAM_FIELDS);
  const placement = config.placement as { cluster?: string; tags?: string[] } | undefined;
  if (placement?.cluster !== undefined)
    lines.push(`placement_cluster = ${quote(placement.cluster)}`);
  if (placement?.tags !== undefined) lines.push(`placement_tags = ${toValue(placement.tags)}`);
  const republish = config.republish as Fields | undefined;
  if (republish !== undefined) {
    lines.push(
      `republish_source = ${toValue(republish.src)}`,
      `republish_destination = ${toValue(republish.dest)}`,
    );
    if (republish.headers_only === true) lines.push('republish_headers_only = true');
  }
  const limits = config.consumer_limits as Fields | undefined;
  if (limits?.max_ack_pending !== undefined)
    lines.push(`max_ack_pending = ${toValue(limits.max_ack_pending)}`);
  if (limits?.inactive_threshold !== undefined)
    lines.push(`inactive_threshold = ${toSeconds(limits.inactive_threshold as number)}`);
  if (config.no_ack === true) lines.push('ack = false');
  if (config.subject_transform !== undefined)
    lines.push(...block('subject_transform', transformLines(config.subject_transform as Fields)));
  if (config.mirror !== undefined)
    lines.push(...block('mirror', sourceLines(config.mirror as Fields)));
  for (const source of (config.sources ?? []) as readonly Fields[])
    lines.push(...block('source', sourceLines(source)));
  return toResource('jetstream_stream', name, lines, unknown);
}

function toConsumer(
  { name, stream, config }: ExportedConsumer,
  managed: ReadonlySet<string>,
): string {
  const { lines, unknown } = toArguments(config, CONSUMER_FIELDS);
  const id = managed.has(stream) ? `jetstream_stream.${identifier(stream)}.id` : quote(stream);
  const start = STARTS[String(config.deliver_policy ?? 'all')];
  if (start !== undefined) lines.push(`${start} = true`);
  const sample = Number.parseInt(String(config.sample_freq ?? ''), 10);
  if (Number.isInteger(sample)) lines.push(`sample_freq = ${sample}`);
  if (Array.isArray(config.backoff))
    lines.push(`backoff = [${config.backoff.map((wait) => toSeconds(wait as number)).join(', ')}]`);
  return toResource(
    'jetstream_consumer',
    `${stream}_${name}`,
    [`stream_id = ${id}`, ...lines],
    unknown,
  );
}

const STARTS: Readonly<Record<string, string>> = {
  all: 'deliver_all',
  new: 'deliver_new',
  last: 'deliver_last',
  last_per_subject: 'deliver_last_per_subject',
};

/** Name of the argument; undefined where the resource writes it in another way. */
type Mapping = Readonly<
  Record<string, readonly [string | undefined, ((value: number) => unknown)?]>
>;

const STREAM_FIELDS: Mapping = {
  name: ['name'],
  description: ['description'],
  metadata: ['metadata'],
  subjects: ['subjects'],
  discard: ['discard'],
  discard_new_per_subject: ['discard_new_per_subject'],
  max_msgs: ['max_msgs'],
  max_msgs_per_subject: ['max_msgs_per_subject'],
  max_bytes: ['max_bytes'],
  max_age: ['max_age', toSeconds],
  duplicate_window: ['duplicate_window', toSeconds],
  max_msg_size: ['max_msg_size'],
  storage: ['storage'],
  retention: ['retention'],
  compression: ['compression'],
  max_consumers: ['max_consumers'],
  num_replicas: ['replicas'],
  deny_delete: ['deny_delete'],
  deny_purge: ['deny_purge'],
  allow_rollup_hdrs: ['allow_rollup_hdrs'],
  allow_direct: ['allow_direct'],
  mirror_direct: ['mirror_direct'],
  allow_msg_ttl: ['allow_msg_ttl'],
  subject_delete_marker_ttl: ['subject_delete_marker_ttl', toSeconds],
  allow_msg_counter: ['allow_msg_counter'],
  allow_atomic: ['allow_atomic'],
  allow_batched: ['allow_batched'],
  allow_msg_schedules: ['allow_msg_schedules'],
  first_seq: ['first_seq'],
  persist_mode: ['persist_mode'],
  placement: [undefined],
  republish: [undefined],
  consumer_limits: [undefined],
  no_ack: [undefined],
  subject_transform: [undefined],
  mirror: [undefined],
  sources: [undefined],
};

const CONSUMER_FIELDS: Mapping = {
  durable_name: ['durable_name'],
  description: ['description'],
  metadata: ['metadata'],
  deliver_subject: ['delivery_subject'],
  deliver_group: ['delivery_group'],
  opt_start_seq: ['stream_sequence'],
  opt_start_time: ['start_time'],
  ack_policy: ['ack_policy'],
  ack_wait: ['ack_wait', toSeconds],
  max_deliver: ['max_delivery'],
  filter_subject: ['filter_subject'],
  filter_subjects: ['filter_subjects'],
  replay_policy: ['replay_policy'],
  max_ack_pending: ['max_ack_pending'],
  max_waiting: ['max_waiting'],
  headers_only: ['headers_only'],
  max_batch: ['max_batch'],
  max_expires: ['max_expires', toSeconds],
  max_bytes: ['max_bytes'],
  inactive_threshold: ['inactive_threshold', toSeconds],
  num_replicas: ['replicas'],
  mem_storage: ['memory'],
  priority_policy: ['priority_policy'],
  priority_groups: ['priority_groups'],
  priority_timeout: ['priority_timeout', toSeconds],
  deliver_policy: [undefined],
  sample_freq: [undefined],
  backoff: [undefined],
};

function toArguments(config: Fields, mapping: Mapping): Arguments {
  const lines: string[] = [];
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(config)) {
    const known = mapping[field];
    if (known === undefined) unknown.push(`${field}: ${JSON.stringify(value)}`);
    const [name, convert] = known ?? [];
    if (name !== undefined)
      lines.push(`${name} = ${toValue(convert === undefined ? value : convert(value as number))}`);
  }
  return { lines, unknown };
}

function toResource(
  type: string,
  name: string,
  lines: readonly string[],
  unknown: readonly string[],
): string {
  const comments = unknown.map((field) => `  # the provider has no word for ${field}\n`);
  const body = lines.map((line) => `  ${line}\n`);
  return `resource "${type}" "${identifier(name)}" {\n${comments.join('')}${body.join('')}}\n`;
}

function sourceLines(source: Fields): string[] {
  const external = source.external as Fields | undefined;
  const outer = [
    `name = ${toValue(source.name)}`,
    ...(source.opt_start_seq === undefined ? [] : [`start_seq = ${toValue(source.opt_start_seq)}`]),
    ...(source.opt_start_time === undefined
      ? []
      : [`start_time = ${toValue(source.opt_start_time)}`]),
    ...(source.filter_subject === undefined
      ? []
      : [`filter_subject = ${toValue(source.filter_subject)}`]),
  ];
  const transforms = (source.subject_transforms ?? []) as readonly Fields[];
  return [
    ...outer,
    ...transforms.flatMap((transform) => block('subject_transform', transformLines(transform))),
    ...(external === undefined
      ? []
      : block(
          'external',
          Object.entries(external).map(([key, value]) => `${key} = ${toValue(value)}`),
        )),
  ];
}

function transformLines({ src, dest }: Fields): string[] {
  return [`source = ${toValue(src)}`, `destination = ${toValue(dest)}`];
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map((line) => `  ${line}`), '}'];
}

function toSeconds(ns: number): number {
  return Math.ceil(ns / 1_000_000_000);
}

function toValue(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(toValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, part]) => `${quote(key)} = ${toValue(part)}`);
  return `{ ${entries.join(', ')} }`;
}

/** `${` and `%{` begin templates in HCL. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}

function identifier(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
