/** What becomes of the work queue of a partitioned worker that exists already. Pure. */
import type { StreamInfo } from '@nats-io/jetstream';
import type { Change } from '../topology/change.ts';
import type { Fields } from '../topology/stream-config.ts';
import { QUEUE_KEYS } from './partition-names.ts';
import { type PartitionedWorker, queueCreation, withoutStart } from './queue-config.ts';

/** The configuration to ask for: where a queue begins is told once, when it is made. `lastSeq` is where its stream ends. */
export function queueTarget(
  worker: PartitionedWorker,
  config: Fields,
  existing: StreamInfo | undefined,
  lastSeq: number,
): Fields {
  if (existing === undefined) return queueCreation(worker, config, lastSeq);
  const current = existing.config as unknown as Fields;
  return sameSources(current, config) ? { ...config, sources: current.sources } : config;
}

/**
 * What decides which partition a message is in, and which messages there are, never changes in place: keys would change
 * their owner in the middle, and the server would copy everything again.
 */
export function queueVerdict(
  change: Change,
  worker: PartitionedWorker,
  config: Fields,
  existing: StreamInfo,
): Change {
  const current = existing.config as unknown as Fields;
  if (change.action === 'forbidden' || sameSources(current, config)) return change;
  const { count } = worker.partitions;
  const before = Number((current.metadata as Fields | undefined)?.[QUEUE_KEYS.partitions]);
  const why =
    before === count
      ? `its processes disagree on what worker ${worker.name} handles, or by which token: the one whose partitions exist handles other subjects`
      : `worker ${worker.name} has ${before} partitions on the server and ${count} here, and the count is final: other keys would share a partition`;
  return {
    ...change,
    action: 'forbidden',
    destructive: false,
    fields: change.fields.filter(({ field }) => field === 'sources'),
    why,
    advice: `start the worker under another name, which begins where its startAt says; or publish nothing until stream ${change.name} is empty, delete it, and start the worker with startAt: 'new'`,
    config: {},
  };
}

function sameSources(a: Fields, b: Fields): boolean {
  return JSON.stringify(withoutStart(a.sources)) === JSON.stringify(withoutStart(b.sources));
}
