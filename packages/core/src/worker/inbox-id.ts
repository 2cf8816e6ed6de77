import type { Message } from '@jetlane/contracts';
import type { WorkerSpec } from './worker-spec.ts';

/**
 * What an inbox knows a message by: each worker handles it once. Where its publisher gave it no id, its position and the time
 * of its storing stand for it, because positions begin anew in a stream that was deleted or restored.
 */
export function inboxId(
  { name, stream }: Pick<WorkerSpec, 'name' | 'stream'>,
  { id, headers, time }: Message,
): string {
  const given = headers['ce-id'] !== undefined || headers['Nats-Msg-Id'] !== undefined;
  const own = given ? id : `${id}@${time.getTime()}`;
  return `${stream.name}:${name}:${own}`;
}
