/** From a server's configuration, as the topology rules make and compare it, to what the in-process bus works with. Pure. */
import { filtersOf } from '../topology/normal-form.ts';
import type { Fields } from '../topology/stream-config.ts';

/** How a stream of the in-process bus keeps its messages: every unit parsed, every default filled in. */
export interface StreamSettings {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'interest' | 'workqueue';
  readonly discard: 'old' | 'new' | 'new-per-subject';
  /** Limits are `Infinity` where there is none. */
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxMsgs: number;
  readonly maxMsgsPerSubject: number;
  /** Headers and payload together. */
  readonly maxMsgSize: number;
  readonly maxConsumers: number;
  readonly dedupeWindowMs: number;
  /** Whether messages may wait in it for their time. */
  readonly schedules: boolean;
}

/** How a durable consumer of the in-process bus delivers. */
export interface ConsumerSettings {
  readonly name: string;
  /** Subject filters, those for replays included. */
  readonly filters: readonly string[];
  readonly startAt: 'first' | 'new' | Date;
  /** Whether it waits for acks. */
  readonly acked: boolean;
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
}

/** The settings that a stream configuration stands for. */
export function toStreamSettings(config: Fields): StreamSettings {
  const perSubject = config.discard_new_per_subject === true;
  const refuses = config.discard === 'new';
  return {
    name: String(config.name),
    subjects: (config.subjects ?? []) as readonly string[],
    retention: (config.retention ?? 'limits') as StreamSettings['retention'],
    discard: refuses ? (perSubject ? 'new-per-subject' : 'new') : 'old',
    maxAgeMs: toMs(config.max_age, Number.POSITIVE_INFINITY),
    maxBytes: toLimit(config.max_bytes),
    maxMsgs: toLimit(config.max_msgs),
    maxMsgsPerSubject: toLimit(config.max_msgs_per_subject),
    maxMsgSize: toLimit(config.max_msg_size),
    maxConsumers: toLimit(config.max_consumers),
    dedupeWindowMs: toMs(config.duplicate_window, DEDUPE_WINDOW_MS),
    schedules: config.allow_msg_schedules === true,
  };
}

/** The settings that a consumer configuration stands for. */
export function toConsumerSettings(config: Fields): ConsumerSettings {
  const filters = filtersOf(config);
  return {
    name: String(config.durable_name),
    filters: filters.length === 0 ? ['>'] : filters,
    startAt: startOf(config),
    acked: config.ack_policy !== 'none',
    ackWaitMs: toMs(config.ack_wait, ACK_WAIT_MS),
    maxAckPending: toLimit(config.max_ack_pending ?? ACK_PENDING),
  };
}

/** Everything that a bus without a server does not do, in words. */
export function unsupported(config: Fields): string[] {
  const name = String(config.durable_name ?? config.name);
  const problems = UNSUPPORTED.filter((field) => config[field] !== undefined).map(
    (field) => `${name}: ${field} needs a server: use connect() in place of memory()`,
  );
  const { deliver_policy: policy } = config;
  if (policy !== undefined && !POLICIES.has(policy))
    problems.push(
      `${name}: deliver_policy '${String(policy)}' needs a server: use connect() in place of memory(), or leave it out`,
    );
  return problems;
}

const UNSUPPORTED = ['mirror', 'sources', 'subject_transform'] as const;
const POLICIES: ReadonlySet<unknown> = new Set(['all', 'new', 'by_start_time']);
const DEDUPE_WINDOW_MS = 120_000;
const ACK_WAIT_MS = 30_000;
const ACK_PENDING = 1_000;
const NANOS_PER_MS = 1_000_000;

function startOf({ deliver_policy, opt_start_time }: Fields): ConsumerSettings['startAt'] {
  if (deliver_policy === 'new') return 'new';
  return deliver_policy === 'by_start_time' ? new Date(String(opt_start_time)) : 'first';
}

function toLimit(value: unknown): number {
  return Number(value ?? -1) <= 0 ? Number.POSITIVE_INFINITY : Number(value);
}

function toMs(nanos: unknown, none: number): number {
  return Number(nanos ?? 0) <= 0 ? none : Number(nanos) / NANOS_PER_MS;
}
