import type { KnownApps } from '../apps/known-apps.ts';
import { shown } from '../messages/message-view.ts';
import type { ConsumerInfo } from '../nats.ts';
import type { ConsumerKind, ConsumerRow, PauseView } from '../wire.ts';
import type { Rates } from './rates.ts';
import type { StreamPlace } from './stream-place.ts';

/** A consumer in a list. Without `rates` they are null. */
export function viewConsumer(
  info: ConsumerInfo,
  place: StreamPlace,
  apps: KnownApps,
  rates?: Rates,
): ConsumerRow {
  const { name, config } = info;
  const kind = kindOf(info, place);
  const worker = workerOf(kind, name, place, apps);
  const key = `${place.name} ${name}`;
  const acknowledges = config.ack_policy !== 'none';
  const cap = config.max_ack_pending ?? 0;
  const row = {
    name,
    stream: place.name,
    kind,
    worker,
    app: worker === null ? null : (apps.worker(place.reads, worker)?.app ?? null),
    partition: kind === 'partition' ? Number(name.slice(1)) : null,
    durable: config.durable_name !== undefined,
    managed: config.metadata?.['jetlane'] !== undefined,
    description: config.description === undefined ? null : shown(config.description, TEXT_MAX),
    filters: filtersOf(config),
    ackPolicy: ackPolicyOf(config.ack_policy),
    push: config.deliver_subject !== undefined,
    lag: info.num_pending,
    ackPending: info.num_ack_pending,
    maxAckPending: acknowledges && cap > 0 ? cap : null,
    redelivered: info.num_redelivered,
    waiting: config.deliver_subject === undefined ? info.num_waiting : null,
    ackWaitMs: acknowledges ? toMs(config.ack_wait) : null,
    maxDeliver: (config.max_deliver ?? 0) > 0 ? (config.max_deliver as number) : null,
    paused: pauseOf(info),
    lastDeliveredMs: timeOf(info.delivered.last_active),
    lastAckMs: timeOf(info.ack_floor.last_active),
    deliveredPerSec: rates?.perSec(`delivered ${key}`, info.delivered.consumer_seq) ?? null,
    // Not by the ack floor: one message that waits for its next attempt holds that back, whatever is acknowledged behind it.
    settledPerSec: acknowledges
      ? (rates?.perSec(`settled ${key}`, info.delivered.consumer_seq - info.num_ack_pending) ??
        null)
      : null,
  };
  return { ...row, attention: attentionOf(row) };
}

/** Workers first, then by name. */
export function compareConsumers(a: ConsumerRow, b: ConsumerRow): number {
  const order = ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);
  if (order !== 0) return order;
  if (a.partition !== null && b.partition !== null) return a.partition - b.partition;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

const ORDER: readonly ConsumerKind[] = ['worker', 'partition', 'other', 'guard'];
const TEXT_MAX = 512;
const FILTERS_MAX = 32;
/** Pauses without an end have this one, or a later one. */
const FOREVER_MS = Date.UTC(2200, 0, 1);

function kindOf({ name, config }: ConsumerInfo, place: StreamPlace): ConsumerKind {
  const { jetlane, 'jetlane-role': role } = config.metadata ?? {};
  if (role !== undefined || name.startsWith(KEEPER_PREFIX)) return 'guard';
  if (jetlane === undefined) return 'other';
  return place.queueOf !== null && /^p\d{1,5}$/.test(name) ? 'partition' : 'worker';
}

/** Stands in for a durable that is being replaced. */
const KEEPER_PREFIX = 'jl-keep-';

function workerOf(
  kind: ConsumerKind,
  name: string,
  { queueOf, name: stream }: StreamPlace,
  apps: KnownApps,
): string | null {
  if (kind === 'partition') return queueOf?.worker ?? null;
  if (kind === 'worker') return name;
  return apps.worker(stream, name)?.worker ?? null;
}

function filtersOf({
  filter_subject: one,
  filter_subjects: several,
}: ConsumerInfo['config']): string[] {
  const filters = several ?? (one === undefined || one === '' ? [] : [one]);
  return filters.slice(0, FILTERS_MAX).map((filter) => shown(filter, TEXT_MAX));
}

function ackPolicyOf(policy: string): ConsumerRow['ackPolicy'] {
  return policy === 'none' || policy === 'all' || policy === 'explicit' ? policy : 'flow-control';
}

function pauseOf({ paused, config }: ConsumerInfo): PauseView | null {
  if (paused !== true) return null;
  const untilMs = Date.parse(config.pause_until ?? '');
  return { untilMs: Number.isNaN(untilMs) || untilMs >= FOREVER_MS ? null : untilMs };
}

type Seen = Pick<
  ConsumerRow,
  'kind' | 'paused' | 'push' | 'waiting' | 'lag' | 'ackPending' | 'maxAckPending'
>;

function attentionOf({
  kind,
  paused,
  waiting,
  lag,
  ackPending,
  maxAckPending,
}: Seen): string | null {
  if (kind === 'guard' || paused !== null) return null;
  if (maxAckPending !== null && ackPending >= maxAckPending) return 'at its cap of pending acks';
  if (waiting === 0 && ackPending === 0 && lag > 0) return 'nobody pulls';
  return null;
}

/** Undefined, and the year 1, stand for never. The client declares a number, and hands on the text that the server sends. */
function timeOf(text: unknown): number | null {
  const timeMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return timeMs > 0 ? timeMs : null;
}

function toMs(nanos: number | undefined): number | null {
  return nanos === undefined || nanos <= 0 ? null : Math.round(nanos / 1e6);
}
