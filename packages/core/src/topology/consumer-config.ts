/** From a worker to the server's configuration of its durable consumer. Pure. */
import { patternCovers } from '@jetlane/contracts';
import type { ConsumerConfig } from '@nats-io/jetstream';
import { replayFilter } from '../dead-letters/subjects.ts';
import type { WorkerSpec } from '../worker/worker-spec.ts';
import { MANAGED, toNanos } from './stream-config.ts';

/** What this needs of a worker. */
export type DurableSpec = Pick<
  WorkerSpec,
  'name' | 'stream' | 'filters' | 'startAt' | 'maxAckPending' | 'ackWaitMs' | 'jetstream'
>;

/**
 * The durable that a worker stands for: explicit acks, no `max_deliver` (the worker counts, so that nothing is ever
 * exhausted), its filters and the one for replays. Raw `jetstream` fields are merged last, metadata key by key.
 */
export function toConsumerConfig(spec: DurableSpec): Partial<ConsumerConfig> {
  return {
    durable_name: spec.name,
    ack_policy: 'explicit',
    ack_wait: toNanos(spec.ackWaitMs),
    max_ack_pending: spec.maxAckPending,
    max_deliver: -1,
    filter_subjects: consumerFilters(spec),
    ...startOf(spec.startAt),
    ...spec.jetstream,
    metadata: { ...(spec.jetstream.metadata as object | undefined), ...MANAGED },
  } as Partial<ConsumerConfig>;
}

/** Filters without those that others cover: the server refuses overlapping ones. Order is kept. */
export function reduceFilters(filters: readonly string[]): string[] {
  const unique = [...new Set(filters)];
  return unique.filter(
    (filter) => !unique.some((other) => other !== filter && patternCovers(other, filter)),
  );
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
