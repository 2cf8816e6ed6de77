/** From a bucket to the stream behind it: laid out as other NATS clients lay out theirs, so that `nats kv` reads it. Pure. */
import { type BucketSettings, OWN_KEY } from '../bucket.ts';
import { type Fields, MANAGED, toNanos } from './stream-config.ts';
import type { WantedStream } from './wanted.ts';

/** How long the trace of a deleted or expired key stays, so that a watcher that was away hears of it. */
export const TRACE_MS = 3_600_000;

/** Name of the stream behind a bucket. */
export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

/** Where a key, or a pattern of keys, of a bucket is published. */
export function bucketSubject(bucket: string, key: string): string {
  if (key.startsWith(OWN_KEY)) return `${claimRoot(bucket)}${key.slice(OWN_KEY.length)}`;
  return `${valueRoot(bucket)}${key}`;
}

/** The key that a subject of a bucket stands for. */
export function bucketKey(bucket: string, subject: string): string {
  const claims = claimRoot(bucket);
  if (subject.startsWith(claims)) return `${OWN_KEY}${subject.slice(claims.length)}`;
  return subject.slice(valueRoot(bucket).length);
}

/** What a bucket asks of its stream. */
export function wantedBucket(settings: BucketSettings): WantedStream {
  const { name, kind, replicas } = settings;
  const asked = kind === 'inbox' ? INBOX_FIELDS : VALUE_FIELDS;
  return {
    name: bucketStream(name),
    config: toConfig(settings),
    managed: true,
    only: replicas === undefined ? asked : [...asked, 'num_replicas'],
    carries: [],
    problem: (live) => ageProblem(settings, live),
  };
}

const VALUE_FIELDS = [
  'subjects',
  'max_age',
  'duplicate_window',
  'max_msgs_per_subject',
  'subject_delete_marker_ttl',
  'allow_msg_ttl',
  'allow_rollup_hdrs',
  'allow_direct',
] as const;

const INBOX_FIELDS = [
  'subjects',
  'allow_atomic',
  'allow_msg_ttl',
  'allow_rollup_hdrs',
  'allow_direct',
] as const;

const DEDUPE_WINDOW_MS = 120_000;
/** A claim is compared and set: its id only has to outlive the retries of one write. */
const INBOX_DEDUPE_WINDOW_MS = 30_000;
/** With a longer history the server lengthens every shorter `ttl` to this. */
const TRACE_WITH_HISTORY_MS = 1_000;

function toConfig(settings: BucketSettings): Fields {
  const { name, kind, history, maxAgeMs } = settings;
  const replicas = settings.replicas ?? settings.replicasWhenNew;
  const windowMs = kind === 'inbox' ? INBOX_DEDUPE_WINDOW_MS : DEDUPE_WINDOW_MS;
  const subjects = [`${valueRoot(name)}>`];
  const config: Fields = {
    name: bucketStream(name),
    subjects: kind === 'inbox' ? [...subjects, `${claimRoot(name)}>`] : subjects,
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    max_age: toNanos(maxAgeMs),
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: history,
    max_msg_size: -1,
    max_consumers: -1,
    duplicate_window: toNanos(maxAgeMs > 0 ? Math.min(maxAgeMs, windowMs) : windowMs),
    compression: 'none',
    deny_delete: true,
    deny_purge: false,
    allow_rollup_hdrs: true,
    allow_direct: true,
    allow_msg_ttl: true,
    metadata: { ...MANAGED },
  };
  return {
    ...config,
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
    // An inbox forgets a claim without a trace: it would be one more write for each message.
    ...(kind === 'inbox'
      ? { allow_atomic: true }
      : { subject_delete_marker_ttl: toNanos(history === 1 ? TRACE_MS : TRACE_WITH_HISTORY_MS) }),
  };
}

/** Claims live by their own time: an age for the whole bucket would drop them earlier, and messages would be handled twice. */
function ageProblem({ name, kind, maxAgeMs }: BucketSettings, live: Fields): string | undefined {
  const subjects = (live.subjects ?? []) as readonly string[];
  const hasClaims = kind === 'inbox' || subjects.includes(`${claimRoot(name)}>`);
  const ages = kind === 'inbox' ? Number(live.max_age ?? 0) > 0 : maxAgeMs > 0;
  return hasClaims && ages
    ? `bucket ${name} is an inbox, which keeps its claims by their own time, and cannot have a maxAge`
    : undefined;
}

function valueRoot(bucket: string): string {
  return `$KV.${bucket}.`;
}

/** Lower case, so that it is no stream's own subject. */
function claimRoot(bucket: string): string {
  return `_jl.inbox.${bucket}.`;
}
