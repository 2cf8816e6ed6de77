import { type AnyStream, type Duration, toMs } from '@jetlane/contracts';
import { bind } from '../inbox/inbox.ts';
import { attemptsMax, toRetryPolicy } from './retry-policy.ts';
import type { WorkerOptions } from './worker.ts';

/** All that is wrong with `inbox`, in words. The other options are known to be right. */
export function inboxProblems(options: WorkerOptions<AnyStream>): string[] {
  const { inbox } = options;
  if (inbox === undefined) return [];
  if (typeof inbox !== 'object' || inbox === null || !(bind in inbox || 'once' in inbox))
    return ["'inbox' must be an inbox, such as kvInbox('billing')"];
  if (!(bind in inbox)) return [];
  const longestMs = redeliveryMs(options);
  if (inbox.keepForMs > longestMs) return [];
  return [
    `inbox '${inbox.name}' remembers a message for ${inbox.keepForMs} ms, but with this retry, timeout and ackWait it may come again after ${longestMs} ms: raise keepFor`,
  ];
}

/** Between the first attempt and the last, each as slow as it may be and each followed by a crash. */
function redeliveryMs({ retry, ackWait = '30s', timeout = '30s' }: WorkerOptions<AnyStream>) {
  const policy = toRetryPolicy(retry);
  const delays = [policy.maxDelayMs, ...policy.rules.map(({ maxDelayMs }) => maxDelayMs)];
  const attemptMs = toMs(timeout as Duration) + toMs(ackWait as Duration) + Math.max(...delays);
  return Math.min(attemptsMax(policy) * attemptMs, policy.withinMs + attemptMs);
}
