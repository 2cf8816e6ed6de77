/** Looks up the stream of a subject, and what it takes of many messages at once. */
import { JetlaneError } from '@jetlane/contracts';
import type { StreamInfo } from '@nats-io/jetstream';
import type { BulkTarget } from '../bulk/bulk-port.ts';
import { toMatcher } from '../memory/matcher.ts';
import { API_CODE, ask, refusal, unwrap } from '../topology/jetstream-api.ts';
import type { Fields } from '../topology/stream-config.ts';
import type { Connection } from './connection.ts';

/** A {@link BulkTarget} of a server. */
export interface NatsBulkTarget extends BulkTarget {
  /** Copies of the stream. */
  readonly replicas: number;
}

/**
 * The stream of a subject as it is now; undefined when none stores it. Two round trips.
 *
 * @throws JetlaneError `PERMISSION_DENIED`, `CONNECTION_LOST`, `JETSTREAM_UNAVAILABLE`, `CLOSED`
 */
export async function bulkTarget(
  connection: Connection,
  subject: string,
): Promise<NatsBulkTarget | undefined> {
  const names = await ask<{ streams?: string[] | null }>(connection, 'STREAM.NAMES', { subject });
  const [stream] = unwrap(names, `finding the stream of ${subject}`).streams ?? [];
  if (stream === undefined) return undefined;
  const answer = await ask<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (answer.ok) return toTarget(stream, answer.value);
  if (answer.code === API_CODE.streamNotFound) return undefined;
  throw refusal(answer, `reading stream ${stream}`);
}

/**
 * The last position of a stream.
 *
 * @throws JetlaneError as {@link bulkTarget}
 */
export async function lastSeqOf(connection: Connection, stream: string): Promise<number> {
  const answer = await ask<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (!answer.ok)
    throw new JetlaneError(
      'NO_STREAM',
      `stream ${stream} cannot be read: ${answer.words}; 'jetlane doctor' says what is wrong with it`,
    );
  return answer.value.state.last_seq;
}

function toTarget(stream: string, { config, state }: StreamInfo): NatsBulkTarget {
  const fields = config as unknown as Fields;
  const obstacle = fields.sealed === true ? 'it is sealed' : undefined;
  const mirror = fields.mirror === undefined ? undefined : 'it is a mirror';
  return {
    stream,
    lastSeq: state.last_seq,
    replicas: config.num_replicas,
    noIngest:
      obstacle ??
      mirror ??
      (fields.allow_batched === true ? undefined : switchedOff('allow_batched')),
    noAtomic:
      obstacle ??
      mirror ??
      (fields.allow_atomic === true ? undefined : switchedOff('allow_atomic')),
    covers: toMatcher(config.subjects ?? []),
  };
}

function switchedOff(flag: string): string {
  return `${flag} is off: jetlane streams apply turns it on where Jetlane manages the stream`;
}
