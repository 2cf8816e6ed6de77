import type { AnyStream } from '@jetlane/contracts';
import { shown } from '../printed.ts';
import type { WorkerOptions } from './worker.ts';

/**
 * When the server counts a message as done. `'explicit'`: when it is acknowledged, each by itself. `'none'`: when it is sent, so
 * that whatever happens to it afterwards it does not come again.
 */
export type AckPolicy = 'explicit' | 'none';

const POLICIES: readonly unknown[] = ['explicit', 'none'] satisfies AckPolicy[];

/** All that is wrong with `ackPolicy`, or with other options because of it, in words. */
export function ackPolicyProblems(options: WorkerOptions<AnyStream>): string[] {
  const { ackPolicy = 'explicit', jetstream, from } = options;
  if (!POLICIES.includes(ackPolicy))
    return [
      `'ackPolicy' must be 'explicit' or 'none', not ${shown(ackPolicy)}${whyNot(ackPolicy)}`,
    ];
  const raw = (jetstream as Readonly<Record<string, unknown>> | null | undefined)?.ack_policy;
  const problems =
    raw === undefined || raw === ackPolicy
      ? []
      : [`'jetstream.ack_policy' is ${shown(raw)}: say so with 'ackPolicy'`];
  if (ackPolicy === 'explicit') return problems;
  for (const [option, why] of MEANINGLESS)
    if (options[option] !== undefined && options[option] !== false)
      problems.push(`'${option}' cannot hold with ackPolicy 'none': ${why}`);
  if (from.options.retention === 'workqueue')
    problems.push(
      `ackPolicy 'none' cannot read ${from.name}: a workqueue keeps each message until it is acknowledged`,
    );
  return problems;
}

/** What a worker cannot do when messages are gone once they were sent. */
const MEANINGLESS: readonly (readonly [keyof WorkerOptions<AnyStream>, string])[] = [
  ['retry', 'a message that fails is gone'],
  ['onFailure', 'nothing waits for a retry, as there is none'],
  ['deadLetter', 'nothing is kept of a message that fails'],
  ['inbox', 'nothing comes twice, and a message that was not recorded would be lost'],
  ['ackWait', 'the server waits for no ack'],
  ['maxAckPending', 'the server counts no acks; bound each process by concurrency and maxBytes'],
  ['partitioned', 'who takes a partition over could not go on where another stopped'],
];

function whyNot(policy: unknown): string {
  if (policy !== 'all') return '';
  return ': when a message leaves the stream, the server would take all that were delivered before it as acknowledged';
}
