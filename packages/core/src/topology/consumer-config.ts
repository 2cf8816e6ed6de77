/** From a worker to the server's configuration of its durable consumer. Pure. */
import { internalsOf, patternCovers } from '@jetlane/contracts';
import type { ConsumerConfig } from '@nats-io/jetstream';
import { replayFilter } from '../dead-letters/subjects.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { FILTERS_KEY } from './normal-form.ts';
import { type Fields, MANAGED, toNanos } from './stream-config.ts';

/** What this needs of a worker. */
export type DurableSpec = Pick<
  WorkerSpec,
  | 'name'
  | 'stream'
  | 'filters'
  | 'startAt'
  | 'ackPolicy'
  | 'maxAckPending'
  | 'ackWaitMs'
  | 'jetstream'
>;

/**
 * The durable that a worker stands for: its acks, no `max_deliver` (the worker counts, so that nothing is ever
 * exhausted), its filters and the one for replays. Raw `jetstream` fields are merged last, metadata key by key.
 *
 * A worker that handles all that its stream declares is sent the whole stream, without a filter, and skips what is not for
 * it: with more than one filter, and with one that is not the stream's only subject, the server walks all subjects of a
 * block of the stream for each message of a backlog. What it would filter by is in the metadata.
 */
export function toConsumerConfig(spec: DurableSpec): Partial<ConsumerConfig> {
  const filters = consumerFilters(spec);
  const whole = takesWholeStream(spec);
  const mark = whole ? { [FILTERS_KEY]: filters.join(' ') } : {};
  return {
    durable_name: spec.name,
    ...acksOf(spec),
    max_deliver: -1,
    ...(whole ? {} : { filter_subjects: filters }),
    ...startOf(spec.startAt),
    ...spec.jetstream,
    metadata: { ...(spec.jetstream.metadata as object | undefined), ...MANAGED, ...mark },
  } as Partial<ConsumerConfig>;
}

/**
 * Only where the stream keeps what was read, holds nothing but what is published to it as declared, and nobody asks for
 * filters of their own.
 */
function takesWholeStream({ filters, stream, jetstream }: DurableSpec): boolean {
  const { retention = 'limits', managed, mirror, sources, subjectTransform } = stream.options;
  const raw = stream.options.jetstream;
  if (retention !== 'limits' || managed === false || stream.messages.length === 0) return false;
  if (mirror !== undefined || sources !== undefined || subjectTransform !== undefined) return false;
  if (raw !== undefined && RAW_SOURCES.some((field) => field in raw)) return false;
  if (RAW_FILTERS.some((field) => field in jetstream)) return false;
  const own = filters.length > 0 ? filters : stream.subjects;
  return stream.messages.every((message) =>
    own.some((filter) => patternCovers(filter, internalsOf(message).subject.pattern)),
  );
}

/** The last message of each subject begins with filters. */
const RAW_FILTERS = ['filter_subject', 'filter_subjects', 'deliver_policy'];
const RAW_SOURCES = ['retention', 'subjects', 'mirror', 'sources', 'subject_transform'];

/** Filters without those that others cover: the server refuses overlapping ones. Order is kept. */
export function reduceFilters(filters: readonly string[]): string[] {
  const unique = [...new Set(filters)];
  return unique.filter(
    (filter) => !unique.some((other) => other !== filter && patternCovers(other, filter)),
  );
}

function acksOf({ ackPolicy, ackWaitMs, maxAckPending }: DurableSpec): Fields {
  if (ackPolicy === 'none') return { ack_policy: ackPolicy };
  return {
    ack_policy: ackPolicy,
    ack_wait: toNanos(ackWaitMs),
    max_ack_pending: maxAckPending,
  };
}

function consumerFilters(spec: DurableSpec): string[] {
  const own = spec.filters.length > 0 ? spec.filters : spec.stream.subjects;
  // Without any filter everything arrives, replays included; a mirror stores no replays of its own.
  if (own.length === 0 || spec.stream.options.mirror !== undefined) return reduceFilters(own);
  return reduceFilters([...own, replayFilter(spec.stream.name, spec.name)]);
}

function startOf(startAt: WorkerSpec['startAt']): Partial<ConsumerConfig> {
  if (startAt === 'first') return { deliver_policy: 'all' };
  if (startAt === 'new') return { deliver_policy: 'new' };
  return { deliver_policy: 'by_start_time', opt_start_time: startAt.toISOString() };
}
