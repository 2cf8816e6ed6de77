import type { StreamInfo } from '@nats-io/jetstream';
import type { Admin } from '../topology/admin.ts';
import { ask, unwrap } from '../topology/jetstream-api.ts';
import { type Finding, failure, ok, warning } from './finding.ts';

/** Every stream of the account, page by page. */
export async function listStreams(admin: Admin): Promise<StreamInfo[]> {
  const all: StreamInfo[] = [];
  for (;;) {
    const answer = await ask<Page>(admin, 'STREAM.LIST', { offset: all.length });
    const { total, streams } = unwrap(answer, 'listing streams');
    all.push(...(streams ?? []));
    if ((streams ?? []).length === 0 || all.length >= total) return all;
  }
}

/** Streams that grow without end, lost messages, or copies that are behind. */
export async function streamFindings(streams: readonly StreamInfo[]): Promise<Finding[]> {
  const found = streams.flatMap((stream) => [
    ...unlimited(stream),
    ...lost(stream),
    ...behind(stream),
  ]);
  return found.length > 0
    ? found
    : [ok('streams', `${streams.length} streams have limits and all their copies`)];
}

interface Page {
  readonly total: number;
  readonly streams: StreamInfo[] | null;
}

function unlimited({ config, state }: StreamInfo): Finding[] {
  const { name, max_bytes, max_msgs, max_age, max_msgs_per_subject } = config;
  const limited = [max_bytes, max_msgs, max_age, max_msgs_per_subject].some((limit) => limit > 0);
  if (
    limited ||
    config.retention !== 'limits' ||
    config.mirror !== undefined ||
    isForLetters(config.subjects)
  ) {
    return [];
  }
  return [
    warning(
      'limits',
      `stream ${name} keeps everything for ever: ${state.messages} messages, ${state.bytes} bytes so far`,
      'give it maxBytes: a full disk stops every stream on the server',
    ),
  ];
}

/** Dead letters must not be dropped; how many wait is a check of its own. */
function isForLetters(subjects: readonly string[] | undefined): boolean {
  return subjects?.some((subject) => subject.startsWith('_jl.dlq')) ?? false;
}

function lost({ config, state }: StreamInfo): Finding[] {
  const messages = state.lost?.msgs?.length ?? 0;
  if (messages === 0) return [];
  return [
    failure(
      'lost',
      `stream ${config.name} lost ${messages} messages to damage on disk`,
      'restore it from a backup, or replay them from where they came',
    ),
  ];
}

function behind({ config, cluster }: StreamInfo): Finding[] {
  const missing = (cluster?.replicas ?? []).filter(({ current, offline }) => offline || !current);
  if (missing.length === 0) return [];
  const names = missing.map(({ name, lag }) => `${name} (${lag ?? 0} behind)`).join(', ');
  return [
    warning(
      'replicas',
      `stream ${config.name} has copies that are not current: ${names}`,
      'see that those servers run and reach the others',
    ),
  ];
}
