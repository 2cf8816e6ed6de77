import type { Message } from '@jetlane/contracts';
import { STORED_AT } from '../dead-letters/record.ts';
import type { WorkerSpec } from './worker-spec.ts';

/**
 * What an inbox knows a message by: each worker handles it once. Where its publisher gave it no id, its position and the time
 * of its storing stand for it, because positions begin anew in a stream that was deleted or restored. A replay is the message
 * that it was.
 */
export function inboxId(
  { name, stream }: Pick<WorkerSpec, 'name' | 'stream'>,
  { id, headers, time }: Message,
): string {
  const given = headers['ce-id'] !== undefined || headers['Nats-Msg-Id'] !== undefined;
  const storedAt = headers[STORED_AT] ?? (given ? undefined : time.getTime());
  const own = storedAt === undefined ? id : `${id}@${storedAt}`;
  return `${stream.name}:${name}:${own}`;
}
