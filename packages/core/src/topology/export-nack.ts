/** Kubernetes resources of NACK, the JetStream controller: `jetstream.nats.io/v1beta2`. Pure. */
import type { ExportedTopology } from './export.ts';
import { scheduleComments } from './export-schedule.ts';
import type { Fields } from './stream-config.ts';

/** YAML documents, one for each stream and durable, and a comment for each timetable. */
export function toNack({ streams, consumers, schedules }: ExportedTopology): string {
  const documents = [
    ...streams.map(({ name, config }) => toDocument('Stream', name, config, STREAM_FIELDS, {})),
    ...consumers.map(({ name, stream, config }) =>
      toDocument('Consumer', `${stream}-${name}`, config, CONSUMER_FIELDS, { streamName: stream }),
    ),
  ];
  return [documents.join('---\n'), ...scheduleComments(schedules)].join('');
}

/** Name of the field there, and how its value is written. */
type Mapping = Readonly<Record<string, readonly [string, ((value: never) => unknown)?]>>;

const STREAM_FIELDS: Mapping = {
  name: ['name'],
  description: ['description'],
  subjects: ['subjects'],
  retention: ['retention'],
  max_consumers: ['maxConsumers'],
  max_msgs: ['maxMsgs'],
  max_bytes: ['maxBytes'],
  max_age: ['maxAge', toDuration],
  max_msgs_per_subject: ['maxMsgsPerSubject'],
  max_msg_size: ['maxMsgSize'],
  discard: ['discard'],
  discard_new_per_subject: ['discardPerSubject'],
  storage: ['storage'],
  num_replicas: ['replicas'],
  no_ack: ['noAck'],
  duplicate_window: ['duplicateWindow', toDuration],
  placement: ['placement'],
  mirror: ['mirror', toSource],
  sources: ['sources', (sources: readonly Fields[]) => sources.map((source) => toSource(source))],
  sealed: ['sealed'],
  deny_delete: ['denyDelete'],
  deny_purge: ['denyPurge'],
  allow_rollup_hdrs: ['allowRollup'],
  compression: ['compression'],
  first_seq: ['firstSequence'],
  subject_transform: ['subjectTransform', toTransform],
  republish: ['republish', ({ src, dest }: Fields) => ({ source: src, destination: dest })],
  allow_direct: ['allowDirect'],
  mirror_direct: ['mirrorDirect'],
  allow_msg_ttl: ['allowMsgTtl'],
  subject_delete_marker_ttl: ['subjectDeleteMarkerTtl', toDuration],
  allow_msg_counter: ['allowMsgCounter'],
  allow_atomic: ['allowAtomicPublish'],
  allow_msg_schedules: ['allowMsgSchedules'],
  persist_mode: ['persistMode'],
  consumer_limits: [
    'consumerLimits',
    ({ inactive_threshold: idle, max_ack_pending: pending }: Fields) => ({
      ...(idle === undefined ? {} : { inactiveThreshold: toDuration(idle as number) }),
      ...(pending === undefined ? {} : { maxAckPending: pending }),
    }),
  ],
  metadata: ['metadata'],
};

const CONSUMER_FIELDS: Mapping = {
  durable_name: ['durableName'],
  description: ['description'],
  deliver_policy: ['deliverPolicy', toCamel],
  opt_start_seq: ['optStartSeq'],
  opt_start_time: ['optStartTime'],
  deliver_subject: ['deliverSubject'],
  deliver_group: ['deliverGroup'],
  ack_policy: ['ackPolicy'],
  ack_wait: ['ackWait', toDuration],
  max_deliver: ['maxDeliver'],
  backoff: ['backoff', (waits: readonly number[]) => waits.map(toDuration)],
  filter_subject: ['filterSubject'],
  filter_subjects: ['filterSubjects'],
  replay_policy: ['replayPolicy'],
  sample_freq: ['sampleFreq'],
  max_waiting: ['maxWaiting'],
  max_ack_pending: ['maxAckPending'],
  headers_only: ['headersOnly'],
  max_batch: ['maxRequestBatch'],
  max_expires: ['maxRequestExpires', toDuration],
  max_bytes: ['maxRequestMaxBytes'],
  inactive_threshold: ['inactiveThreshold', toDuration],
  pause_until: ['pauseUntil'],
  priority_policy: ['priorityPolicy'],
  priority_timeout: ['pinnedTtl', toDuration],
  priority_groups: ['priorityGroups'],
  num_replicas: ['replicas'],
  mem_storage: ['memStorage'],
  metadata: ['metadata'],
};

function toDocument(
  kind: string,
  name: string,
  config: Fields,
  mapping: Mapping,
  more: Fields,
): string {
  const spec: Record<string, unknown> = { ...more };
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(config)) {
    const [target, convert] = mapping[field] ?? [];
    if (target === undefined) unknown.push(field);
    else if (!isUnset(field, value))
      spec[target] = convert === undefined ? value : convert(value as never);
  }
  if ((config.republish as Fields | undefined)?.headers_only === true)
    unknown.push('republish.headers_only');
  const comment = unknown.map(
    (field) => `# NACK has no word for ${field}: ${JSON.stringify(config[field] ?? true)}\n`,
  );
  const resource = {
    apiVersion: 'jetstream.nats.io/v1beta2',
    kind,
    metadata: { name: resourceName(name) },
    spec,
  };
  return `${comment.join('')}${toYaml(resource, 0)}`;
}

/** An age of zero is no limit, which is said by leaving it out. */
function isUnset(field: string, value: unknown): boolean {
  return value === 0 && DURATIONS.has(field);
}

const DURATIONS: ReadonlySet<string> = new Set([
  'max_age',
  'subject_delete_marker_ttl',
  'inactive_threshold',
]);

/** Kubernetes wants lower case letters, digits and dashes. */
function resourceName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
}

function toDuration(ns: number): string {
  return ns % 1_000_000_000 === 0 ? `${ns / 1_000_000_000}s` : `${ns / 1_000_000}ms`;
}

function toCamel(policy: string): string {
  return policy.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toTransform({ src, dest }: Fields): Fields {
  return { source: src, dest };
}

function toSource(source: Fields): Fields {
  const external = source.external as Fields | undefined;
  const transforms = source.subject_transforms as readonly Fields[] | undefined;
  return Object.fromEntries(
    Object.entries({
      name: source.name,
      optStartSeq: source.opt_start_seq,
      optStartTime: source.opt_start_time,
      filterSubject: source.filter_subject,
      externalApiPrefix: external?.api,
      externalDeliverPrefix: external?.deliver,
      subjectTransforms: transforms?.map(toTransform),
    }).filter(([, value]) => value !== undefined),
  );
}

/** Block style; every text is quoted as JSON, which YAML reads. */
function toYaml(value: Fields, indent: number): string {
  const pad = ' '.repeat(indent);
  return Object.entries(value)
    .map(([key, part]) => {
      const name = /^[A-Za-z][A-Za-z0-9]*$/.test(key) ? key : JSON.stringify(key);
      if (Array.isArray(part))
        return `${pad}${name}:\n${part.map((item) => toItem(item, indent + 2)).join('')}`;
      if (typeof part === 'object' && part !== null) {
        const inner = toYaml(part as Fields, indent + 2);
        return inner === '' ? `${pad}${name}: {}\n` : `${pad}${name}:\n${inner}`;
      }
      return `${pad}${name}: ${JSON.stringify(part)}\n`;
    })
    .join('');
}

function toItem(item: unknown, indent: number): string {
  const pad = ' '.repeat(indent);
  if (typeof item !== 'object' || item === null) return `${pad}- ${JSON.stringify(item)}\n`;
  return `${pad}- ${toYaml(item as Fields, indent + 2).trimStart()}`;
}
