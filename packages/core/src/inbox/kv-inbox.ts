import {
  configInvalid,
  type Duration,
  durationProblem,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import type { BucketSettings } from '../bucket.ts';
import { bucketProblems, replicaProblems } from '../kv/kv.ts';
import { printed } from '../printed.ts';
import { BucketInbox } from './bucket-inbox.ts';
import type { InboxTx } from './bucket-tx.ts';
import { bind, bucketOf, type ClientInbox } from './inbox.ts';

/** Options of {@link kvInbox}. */
export interface KvInboxOptions {
  /** How long a handled message is remembered. Must be longer than any redelivery of it. Default `'7d'`. */
  keepFor?: Duration;
  /** Copies on different servers, 1 to 5. Default: as it is; as many as the worker's stream when it is created. */
  replicas?: number;
}

/** An inbox in a key-value bucket of its own; made by {@link kvInbox}. */
export interface KvInbox extends ClientInbox<InboxTx> {
  readonly kind: 'inbox';
}

/**
 * An inbox on NATS itself: each message takes effect once in this inbox's own bucket. The handler writes through
 * `context.tx`; its writes, the mark that the message is handled, and the messages that it returned are stored in one
 * atomic batch, all or nothing. The returned messages are then published under their recorded ids, again after a crash, and
 * the message is acknowledged. A redelivery publishes what was recorded and does not call the handler. Effects elsewhere
 * (other buckets, databases, calls to others) are not covered: they happen at least once.
 *
 * Several workers may share an inbox: each handles a message once. A process that lost its message cannot commit its late
 * result (`diagnostics.fence`). When a key that the handler read and writes was changed meanwhile, nothing is stored and
 * the handler runs again on the new value, up to 32 times; after that the attempt has failed with `CONFLICT`. A key that it
 * only reads is not guarded.
 *
 * A commit costs an atomic batch, a few milliseconds where the stream has one replica on disk. Those of one process that end
 * at the same time share it, so `concurrency` and `onBatch` raise the rate; a key that all of them write lowers it.
 *
 * A message that comes back after `keepFor` is handled again: keep it longer than a worker may be away with a message
 * handled but not acknowledged. A bucket is read from outside with `client.kv(kv(name, { schema }))`.
 *
 * @throws JetlaneError `CONFIG_INVALID`, listing everything that is wrong
 * @example
 * const billing = worker('billing', { from: Orders, inbox: kvInbox('billing') }, [
 *   on(OrderPlaced, async ({ data }, { tx }) => {
 *     const sold = (await tx.get<number>(data.sku)) ?? 0;
 *     tx.put(data.sku, sold + 1);
 *   }),
 * ]);
 */
export function kvInbox(name: string, options: KvInboxOptions = {}): KvInbox {
  const problems = [...bucketProblems(name), ...optionProblems(options)];
  if (problems.length > 0) throw configInvalid(`inbox '${printed(name)}'`, problems);
  const { keepFor = '7d', replicas } = options;
  const keepForMs = toMs(keepFor);
  const bucket = (replicasWhenNew: number): BucketSettings => ({
    name,
    kind: 'inbox',
    history: 1,
    maxAgeMs: 0,
    replicas,
    replicasWhenNew,
  });
  return Object.freeze({
    kind: 'inbox' as const,
    name,
    keepForMs,
    [bucketOf]: bucket,
    [bind]: (around) => BucketInbox.open(bucket(around.replicas), keepForMs, around),
  } satisfies KvInbox);
}

const OPTIONS = ['keepFor', 'replicas'];

function optionProblems(options: KvInboxOptions): string[] {
  if (typeof options !== 'object' || options === null)
    return ['takes an object of options, or none'];
  const { keepFor, replicas } = options;
  const problems = [...unknownOptions(options, OPTIONS), ...replicaProblems(replicas)];
  const wrong = keepFor === undefined ? undefined : durationProblem(keepFor, 'keepFor');
  if (wrong !== undefined) problems.push(wrong);
  else if (keepFor !== undefined && toMs(keepFor) < 1_000)
    problems.push(`keepFor must be at least '1s', not '${keepFor}'`);
  return problems;
}
