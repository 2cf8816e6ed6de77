/** From a declared stream to the server's configuration of it. Pure. */
import {
  type AnyStream,
  patternCovers,
  type StreamSource,
  toBytes,
  toMs,
} from '@jetlane/contracts';
import type { StreamConfig } from '@nats-io/jetstream';
import { ownSubjects } from '../dead-letters/subjects.ts';
import { scheduleObstacle } from './schedule-guard.ts';

/** Marks what Jetlane manages. What lacks it is never changed. */
export const MANAGED = { jetlane: '1' } as const;

/** Fields of a configuration by the server's own names. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * The configuration that a declaration stands for: its own options, the subject for replays (`_jl.<STREAM>.>`; a mirror
 * has none), direct reads, message TTLs, atomic batches and fast ingest, schedules where the server allows them, and the mark of management. Raw `jetstream` fields are merged last, metadata key by key.
 */
export function toStreamConfig(stream: AnyStream): Partial<StreamConfig> {
  const { options } = stream;
  const config: Record<string, unknown> = {
    name: stream.name,
    ...subjectsOf(stream),
    description: options.description,
    retention: options.retention ?? 'limits',
    max_age: options.maxAge === undefined ? 0 : toNanos(toMs(options.maxAge)),
    max_bytes: options.maxBytes === undefined ? -1 : toBytes(options.maxBytes),
    max_msgs: options.maxMsgs ?? -1,
    max_msgs_per_subject: options.maxMsgsPerSubject ?? -1,
    max_msg_size: options.maxMsgSize === undefined ? -1 : toBytes(options.maxMsgSize),
    max_consumers: options.maxConsumers ?? -1,
    discard: options.discard === undefined || options.discard === 'old' ? 'old' : 'new',
    discard_new_per_subject: options.discard === 'new-per-subject' ? true : undefined,
    duplicate_window:
      options.dedupeWindow === undefined ? undefined : toNanos(toMs(options.dedupeWindow)),
    num_replicas: options.replicas,
    storage: options.storage ?? 'file',
    persist_mode: options.durability === 'async' ? 'async' : undefined,
    compression: options.compression ?? 'none',
    deny_delete: options.denyDelete ?? false,
    deny_purge: options.denyPurge ?? false,
    placement: options.placement && toPlacement(options.placement),
    republish: options.republish && toRepublish(options.republish),
    subject_transform: options.subjectTransform && toTransform(options.subjectTransform),
    mirror: options.mirror && toSource(options.mirror),
    sources: options.sources?.map(toSource),
    allow_direct: true,
    allow_msg_ttl: true,
    allow_atomic: takesBatches(options) ? true : undefined,
    allow_batched: options.mirror === undefined ? true : undefined,
    ...options.jetstream,
    metadata: {
      ...options.metadata,
      ...(options.jetstream?.metadata as object | undefined),
      ...MANAGED,
    },
  };
  config.allow_msg_schedules ??= scheduleObstacle(config) === undefined ? true : undefined;
  config.duplicate_window ??= dedupeWindow(Number(config.max_age ?? 0));
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

/** Nanoseconds, the server's unit. */
export function toNanos(ms: number): number {
  return ms * 1_000_000;
}

/** The server refuses batches where acks come before the write; nobody publishes to a mirror. */
function takesBatches({ durability, mirror, jetstream }: AnyStream['options']): boolean {
  return durability !== 'async' && jetstream?.persist_mode !== 'async' && mirror === undefined;
}

const DEDUPE_WINDOW_NS = 120_000_000_000;

/** Jetlane's default; the server refuses a window longer than messages live. */
function dedupeWindow(maxAgeNs: number): number {
  return maxAgeNs > 0 ? Math.min(maxAgeNs, DEDUPE_WINDOW_NS) : DEDUPE_WINDOW_NS;
}

function subjectsOf(stream: AnyStream): Fields {
  if (stream.options.mirror !== undefined) return {};
  const own = ownSubjects(stream.name);
  const covered = stream.subjects.some((subject) => patternCovers(subject, own));
  return { subjects: covered ? [...stream.subjects] : [...stream.subjects, own] };
}

function toPlacement({ cluster, tags }: { cluster?: string; tags?: readonly string[] }): Fields {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
  };
}

function toRepublish({
  from,
  to,
  headersOnly,
}: {
  from?: string;
  to: string;
  headersOnly?: boolean;
}): Fields {
  return { src: from ?? '>', dest: to, ...(headersOnly ? { headers_only: true } : {}) };
}

function toTransform({ from, to }: { from: string; to: string }): Fields {
  return { src: from, dest: to };
}

function toSource({ name, startSeq, filter, domain, subjectTransforms }: StreamSource): Fields {
  return {
    name,
    ...(startSeq === undefined ? {} : { opt_start_seq: startSeq }),
    ...(filter === undefined ? {} : { filter_subject: filter }),
    ...(domain === undefined ? {} : { external: { api: `$JS.${domain}.API` } }),
    ...(subjectTransforms === undefined
      ? {}
      : { subject_transforms: subjectTransforms.map(toTransform) }),
  };
}
