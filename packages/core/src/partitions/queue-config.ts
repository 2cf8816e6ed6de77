/** The work queue of a partitioned worker and the durables on it, as the server wants them. Pure. */
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { Fields } from '../topology/stream-config.ts';
import { MANAGED, toNanos, toStreamConfig } from '../topology/stream-config.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { PIN_GROUP, partitionDurable, QUEUE_KEYS, queueName } from './partition-names.ts';
import type { PartitionRoute, PartitionSpec } from './partition-spec.ts';

/** A worker that is partitioned. */
export type PartitionedWorker = WorkerSpec & { readonly partitions: PartitionSpec };

/** Whether a worker is partitioned. */
export function isPartitioned(worker: WorkerSpec): worker is PartitionedWorker {
  return worker.partitions !== undefined;
}

/** A process that does not pull for this long loses its partitions. It says so every third of it. */
export const PIN_TIMEOUT_MS = 3_000;

/**
 * The work queue: a copy of what the worker handles, replays for it included, with the partition in front of each subject, kept
 * until it is settled. Kept like the stream itself, without limits: what is in it was not read yet.
 */
export function toQueueConfig(worker: PartitionedWorker): Partial<StreamConfig> {
  const { name, stream, partitions } = worker;
  const origin = toStreamConfig(stream);
  return {
    name: queueName(stream.name, name),
    description: `What worker ${name} has to do with ${stream.name}, by partition`,
    subjects: [],
    retention: 'workqueue',
    storage: origin.storage,
    compression: origin.compression,
    ...(origin.num_replicas === undefined ? {} : { num_replicas: origin.num_replicas }),
    ...(origin.placement === undefined ? {} : { placement: origin.placement }),
    discard: 'old',
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    max_consumers: -1,
    // The stream has told duplicates apart already; what it kept under one id long after another may be copied right behind it.
    duplicate_window: 0,
    sources: [
      {
        name: stream.name,
        subject_transforms: transforms(stream.name, name, partitions),
        ...startOf(worker),
      },
    ],
    deny_delete: false,
    deny_purge: false,
    allow_direct: true,
    allow_msg_ttl: true,
    metadata: {
      ...MANAGED,
      [QUEUE_KEYS.worker]: name,
      [QUEUE_KEYS.stream]: stream.name,
      [QUEUE_KEYS.partitions]: String(partitions.count),
    },
  } as unknown as Partial<StreamConfig>;
}

/** The durable of one partition. Its group has one pin, which the server takes back when the process is silent. */
export function toPartitionConfig(
  worker: PartitionedWorker,
  partition: number,
): Partial<ConsumerConfig> {
  const { jetstream } = worker;
  return {
    durable_name: partitionDurable(partition),
    ack_policy: 'explicit',
    ack_wait: toNanos(worker.ackWaitMs),
    max_ack_pending: pendingMax(worker),
    max_deliver: -1,
    filter_subjects: [`${partition}.>`],
    deliver_policy: 'all',
    priority_policy: 'pinned_client',
    priority_groups: [PIN_GROUP],
    priority_timeout: toNanos(PIN_TIMEOUT_MS),
    ...jetstream,
    metadata: {
      ...(jetstream.metadata as object | undefined),
      ...MANAGED,
      [QUEUE_KEYS.worker]: worker.name,
    },
  } as unknown as Partial<ConsumerConfig>;
}

/** Messages of one partition that may be out: its share of the fleet's cap. */
export function pendingMax({ maxAckPending, partitions }: PartitionedWorker): number {
  return Math.ceil(maxAckPending / partitions.count);
}

/** Without where to begin, which counts only when a queue is made. */
export function withoutStart(sources: unknown): unknown {
  if (!Array.isArray(sources)) return sources;
  return sources.map(({ opt_start_seq: _seq, opt_start_time: _time, ...source }: Fields) => source);
}

/** The queue of a worker that begins with what is new, made now: `lastSeq` is where its stream ends. */
export function queueCreation(worker: PartitionedWorker, config: Fields, lastSeq: number): Fields {
  if (worker.startAt !== 'new' || lastSeq === 0) return config;
  const sources = (config.sources as readonly Fields[]).map((source) => ({
    ...source,
    opt_start_seq: lastSeq + 1,
  }));
  return { ...config, sources };
}

function startOf({ startAt }: PartitionedWorker): Fields {
  // 'new' is a position of the stream, which only a look at the server tells: see `queueCreation`.
  if (!(startAt instanceof Date)) return {};
  // As the server writes it.
  return { opt_start_time: startAt.toISOString().replace(/\.?0+Z$/, 'Z') };
}

/** One source only, or messages of one key could overtake each other; so one transform for each kind of subject. */
function transforms(stream: string, worker: string, { count, routes }: PartitionSpec): Fields[] {
  return [
    ...routes.map((route) => toTransform('', route, count)),
    ...replayRoutes(routes).map((route) => toTransform(`_jl.${stream}.${worker}.`, route, count)),
  ];
}

/** Every stored copy names all transforms in a header, so replays are matched by their length alone where that tells enough. */
function replayRoutes(routes: readonly PartitionRoute[]): PartitionRoute[] {
  const byLength = new Map<number, PartitionRoute[]>();
  for (const route of routes) {
    const { length } = route.filter.split('.');
    byLength.set(length, [...(byLength.get(length) ?? []), route]);
  }
  return [...byLength].flatMap(([length, alike]) => {
    const places = new Set(alike.map(placeOf));
    const [place = 0] = places;
    if (places.size > 1) return alike;
    return [{ filter: Array.from({ length }, () => '*').join('.'), at: place + 1 }];
  });
}

/** Index of the token that decides. */
function placeOf({ filter, at }: PartitionRoute): number {
  let seen = 0;
  return filter.split('.').findIndex((part) => part === '*' && ++seen === at);
}

function toTransform(prefix: string, { filter, at }: PartitionRoute, count: number): Fields {
  let wildcards = 0;
  const kept = filter
    .split('.')
    .map((part) => (part === '*' ? `{{wildcard(${++wildcards})}}` : part))
    .join('.');
  return { src: `${prefix}${filter}`, dest: `{{partition(${count},${at})}}.${prefix}${kept}` };
}
