import type { BucketEntry } from '../bucket.ts';
import type { LastMessage } from './read-last.ts';

/** Says, as other NATS clients do, that a key was deleted. */
export const OPERATION = 'KV-Operation';

/** The server leaves it where a key has expired. */
const MARKER = 'Nats-Marker-Reason';

/** An entry as a stream keeps it. */
export function toEntry(key: string, message: LastMessage): BucketEntry {
  const { seq, payload } = message;
  const operation = message.header(OPERATION);
  const isDeleted =
    operation === 'DEL' || operation === 'PURGE' || message.header(MARKER) !== undefined;
  return { key, revision: seq, payload, isDeleted, header: (name) => message.header(name) };
}
