import type { KnownApps } from '../apps/known-apps.ts';
import { shown } from '../messages/message-view.ts';
import type { StreamInfo } from '../nats.ts';
import type { ConsumerRow, StreamRow } from '../wire.ts';
import type { Rates } from './rates.ts';
import type { StreamPlace } from './stream-place.ts';

/** A stream in a list. Without `rates` they are null. */
export function viewStream(
  info: StreamInfo,
  place: StreamPlace,
  parts: {
    readonly apps: KnownApps;
    readonly consumers: readonly ConsumerRow[];
    readonly rates?: Rates;
  },
): StreamRow {
  const { config, state } = info;
  const { apps, consumers, rates } = parts;
  const storedPerSec = rates?.perSec(`stored ${place.name}`, state.last_seq) ?? null;
  const average = state.messages === 0 ? 0 : state.bytes / state.messages;
  const { num_subjects: subjectCount = state.messages === 0 ? 0 : null } = state;
  return {
    name: place.name,
    kind: place.kind,
    queueOf: place.queueOf,
    managed: config.metadata?.['jetlane'] !== undefined,
    declared: apps.declares(place.name),
    description: config.description === undefined ? null : shown(config.description, TEXT_MAX),
    subjects: (config.subjects ?? [])
      .slice(0, SUBJECTS_MAX)
      .map((subject) => shown(subject, TEXT_MAX)),
    retention: config.retention as StreamRow['retention'],
    storage: config.storage as StreamRow['storage'],
    replicas: config.num_replicas,
    leader: info.cluster?.leader ?? null,
    copiesProblem: copiesProblem(info),
    messages: state.messages,
    bytes: state.bytes,
    maxMessages: limit(config.max_msgs),
    maxBytes: limit(config.max_bytes),
    maxAgeMs: config.max_age > 0 ? Math.round(config.max_age / 1e6) : null,
    firstSeq: state.first_seq,
    lastSeq: state.last_seq,
    firstMs: timeOf(state.first_ts),
    lastMs: timeOf(state.last_ts),
    subjectCount,
    storedPerSec,
    bytesPerSec: storedPerSec === null ? null : storedPerSec * average,
    consumers,
    consumersTotal: state.consumer_count,
  };
}

const TEXT_MAX = 512;
const SUBJECTS_MAX = 32;

function copiesProblem({ config, cluster }: StreamInfo): string | null {
  if (cluster === undefined || config.num_replicas < 2) return null;
  if (cluster.leader === undefined || cluster.leader === '')
    return 'it has no leader at the moment';
  const missing = (cluster.replicas ?? []).filter(({ current, offline }) => offline || !current);
  if (missing.length === 0) return null;
  return missing
    .map(({ name, offline, lag }) => `${name} is ${offline ? 'away' : `${lag ?? 0} behind`}`)
    .join(', ');
}

function limit(value: number | undefined): number | null {
  return value !== undefined && value > 0 ? value : null;
}

/** The year 1 stands for never. */
function timeOf(text: string): number | null {
  const timeMs = Date.parse(text);
  return timeMs > 0 ? timeMs : null;
}
