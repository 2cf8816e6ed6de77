/**
 * One form for configurations that mean the same: the server fills in defaults, leaves out what is zero, and adds
 * metadata of its own. Pure.
 */
import type { FieldChange } from './change.ts';
import type { Fields } from './stream-config.ts';

/** What a stream has where nothing is said. Fields that are not here are compared only when declared. */
const STREAM_DEFAULTS: Fields = {
  description: undefined,
  subjects: [],
  retention: 'limits',
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  discard: 'old',
  discard_new_per_subject: false,
  storage: 'file',
  duplicate_window: 0,
  compression: 'none',
  allow_direct: false,
  sealed: false,
  deny_delete: false,
  deny_purge: false,
  allow_rollup_hdrs: false,
  no_ack: false,
  persist_mode: 'default',
  republish: undefined,
  subject_transform: undefined,
  mirror: undefined,
  sources: undefined,
  allow_msg_ttl: false,
  allow_msg_schedules: false,
  allow_atomic: false,
  allow_batched: false,
  allow_msg_counter: false,
  subject_delete_marker_ttl: 0,
};

/** What a consumer has where nothing is said. */
const CONSUMER_DEFAULTS: Fields = {
  description: undefined,
  ack_policy: 'explicit',
  ack_wait: 30_000_000_000,
  max_deliver: -1,
  max_ack_pending: 1_000,
  filter_subjects: [],
  replay_policy: 'instant',
  headers_only: false,
  backoff: undefined,
  mem_storage: false,
  deliver_subject: undefined,
  deliver_group: undefined,
  max_batch: 0,
  max_expires: 0,
  max_bytes: 0,
  priority_policy: 'none',
  priority_groups: undefined,
};

/** Set once, when it is made, and of no meaning later. */
const CREATION_ONLY: ReadonlySet<string> = new Set([
  'name',
  'durable_name',
  'first_seq',
  'deliver_policy',
  'opt_start_seq',
  'opt_start_time',
  'pause_until',
]);

/**
 * Marks a consumer whose filters are new and whose position still has to be set back, to the sequence in it: whoever
 * finds it finishes the move.
 */
export const MOVE_KEY = 'jetlane-move';

/** What a consumer without a filter takes nevertheless, apart by spaces: it is sent more, and skips that. */
export const FILTERS_KEY = 'jetlane-filters';

/** Stands for a consumer that is sent its whole stream, whatever it takes of it. */
export const WHOLE_STREAM = 'whole_stream';

/** What a consumer takes, however that is written. */
export function filtersOf(config: Fields): readonly string[] {
  const sent = sentFilters(config);
  const mark = (config.metadata as Record<string, string> | undefined)?.[FILTERS_KEY];
  return sent.length === 0 && mark ? mark.split(' ') : sent;
}

/** What the server sends a consumer; empty when that is the whole stream. */
export function sentFilters({
  filter_subject: one,
  filter_subjects: several,
}: Fields): readonly string[] {
  if (typeof one === 'string' && one !== '') return [one];
  return (several ?? []) as readonly string[];
}

/** Fields of a stream that differ. With `only`, no others are looked at. */
export function streamDifferences(
  live: Fields,
  wanted: Fields,
  only?: readonly string[],
): FieldChange[] {
  return differences(live, withImplied(wanted), STREAM_DEFAULTS, only);
}

/** Fields of a consumer that differ. Where it begins is left out: an existing one resumes. */
export function consumerDifferences(live: Fields, wanted: Fields): FieldChange[] {
  const acked = wanted.ack_policy !== 'none';
  const found = differences(inOneForm(live), inOneForm(wanted), CONSUMER_DEFAULTS).filter(
    ({ field }) => acked || !OF_ACKS.has(field),
  );
  const [from, to] = [live, wanted].map((config) => sentFilters(config).length === 0);
  if (from !== to) found.push({ field: WHOLE_STREAM, from, to });
  const move = (live.metadata as Record<string, string> | undefined)?.[MOVE_KEY];
  return move === undefined ? found : [...found, { field: MOVE_KEY, from: move, to: undefined }];
}

/** Of no meaning where nothing is acked, whatever the server fills in. */
const OF_ACKS: ReadonlySet<string> = new Set(['ack_wait', 'max_ack_pending', 'backoff']);

/** Metadata without what the server adds and without marks of the moment. */
export function ownMetadata(config: Fields): Record<string, string> {
  const entries = Object.entries((config.metadata ?? {}) as Record<string, string>);
  return Object.fromEntries(
    entries.filter(([key]) => !key.startsWith('_nats.') && key !== MOVE_KEY),
  );
}

/**
 * The configuration to send for an update: everything wanted, and whatever the server has that the declaration does not
 * know about.
 */
export function toUpdate(live: Fields, wanted: Fields, kind: 'stream' | 'consumer'): Fields {
  const defaults = kind === 'stream' ? STREAM_DEFAULTS : CONSUMER_DEFAULTS;
  const kept = Object.entries(live).filter(
    ([field]) => !(field in defaults) || CREATION_ONLY.has(field),
  );
  const filters =
    kind === 'consumer' && wanted.filter_subject !== undefined ? ['filter_subjects'] : [];
  const starts = Object.entries(wanted).filter(
    ([field]) => !(kind === 'consumer' && CREATION_ONLY.has(field)) && !filters.includes(field),
  );
  return {
    ...Object.fromEntries(
      kept.filter(([field]) => field !== 'filter_subject' && !isStale(field, wanted)),
    ),
    ...Object.fromEntries(starts),
    metadata: { ...withoutFilters(ownMetadata(live)), ...ownMetadata(wanted) },
  };
}

/** They are compared, and written, as the filters that they stand for. */
function withoutFilters(metadata: Record<string, string>): Record<string, string> {
  const { [FILTERS_KEY]: _, ...rest } = metadata;
  return rest;
}

/** Of a mirror only: a stream that is none any more may not have it. */
function isStale(field: string, wanted: Fields): boolean {
  return field === 'mirror_direct' && wanted.mirror === undefined;
}

function differences(
  live: Fields,
  wanted: Fields,
  defaults: Fields,
  only?: readonly string[],
): FieldChange[] {
  const fields = only ?? [...new Set([...Object.keys(defaults), ...Object.keys(wanted)])];
  const changes: FieldChange[] = [];
  for (const field of fields) {
    if (CREATION_ONLY.has(field)) continue;
    if (field === 'duplicate_window' && wanted[field] === undefined) continue;
    const from = normal(field, live[field] ?? defaults[field]);
    const to =
      field === 'metadata'
        ? wantedMetadata(live, wanted)
        : normal(field, wanted[field] ?? defaults[field]);
    if (JSON.stringify(from) !== JSON.stringify(to)) changes.push({ field, from, to });
  }
  return changes;
}

/** Keys that somebody else added are theirs to keep. */
function wantedMetadata(live: Fields, wanted: Fields): unknown {
  return normal('metadata', { ...ownMetadata(live), ...ownMetadata(wanted) });
}

function normal(field: string, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (field === 'metadata') return sortKeys(withoutFilters(ownMetadata({ metadata: value })));
  if (SETS.has(field) && Array.isArray(value))
    return value.length === 0 ? undefined : sorted(value);
  if (field === 'max_consumers' || UNLIMITED.has(field)) return Number(value) <= 0 ? -1 : value;
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => clean(item));
  return clean(value);
}

const SETS: ReadonlySet<string> = new Set(['subjects', 'filter_subjects', 'sources']);
const UNLIMITED: ReadonlySet<string> = new Set([
  'max_msgs',
  'max_bytes',
  'max_msgs_per_subject',
  'max_msg_size',
  'max_deliver',
]);

function sorted(values: readonly unknown[]): unknown[] {
  return values.map(clean).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Without empty parts and in one order of keys. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => !isEmpty(part));
  const result = sortKeys(Object.fromEntries(entries.map(([key, part]) => [key, clean(part)])));
  return Object.keys(result).length === 0 ? undefined : result;
}

function isEmpty(part: unknown): boolean {
  if (typeof part === 'object' && part !== null) return Object.values(part).every(isEmpty);
  return part === undefined || part === null || part === '' || part === false || part === 0;
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Schedules and delete markers need rollups, and the server turns them on by itself. */
function withImplied(config: Fields): Fields {
  const rollups =
    config.allow_msg_schedules === true || Number(config.subject_delete_marker_ttl ?? 0) > 0;
  return rollups ? { ...config, allow_rollup_hdrs: true } : config;
}

/** Filters are what it takes, as a list; a backoff decides the ack wait. */
function inOneForm(config: Fields): Fields {
  const { filter_subject: _, ...rest } = config;
  const backoff = config.backoff as readonly number[] | undefined;
  const wait = backoff !== undefined && backoff.length > 0 ? { ack_wait: backoff[0] } : {};
  return { ...rest, filter_subjects: filtersOf(config), ...wait };
}
