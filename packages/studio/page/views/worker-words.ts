/** How a worker is set up, in words. */
import type { WorkerView } from '../../src/wire.ts';
import { count, counted, duration } from '../kit/format.ts';
import type { WorkerSummary } from '../state/workers.ts';

/** `16`, or `4 – 64` where it follows the latency. */
export function concurrencyWords(worker: WorkerView | null): string {
  if (!worker) return '–';
  const { concurrency, adaptive } = worker;
  return adaptive ? `${adaptive.min} – ${adaptive.max}` : String(concurrency);
}

/** `by key, 8 partitions`, or that there is none. */
export function orderWords({ declared, consumers }: WorkerSummary): string {
  const partitions =
    declared?.partitions ?? consumers.filter(({ kind }) => kind === 'partition').length;
  const parts = partitions > 0 ? counted(partitions, 'partition') : '';
  if (!declared) return parts || '–';
  return [declared.ordered ? 'by key' : 'none', parts].filter(Boolean).join(', ');
}

/** What happens to equal keys. */
export function laneWords({ ordered }: WorkerView): string {
  if (!ordered) return 'none: messages run side by side, in any order';
  const failure =
    ordered.onFailure === 'hold'
      ? 'a failed message holds those behind it until it is settled'
      : 'a failed message is passed by those behind it';
  return `equal keys run one at a time, in order; ${failure}`;
}

/** `5 attempts, 1 s to 5 min apart` */
export function retryWords({ retry }: WorkerView): string {
  const { attempts, minDelayMs, maxDelayMs, withinMs, rules } = retry;
  return [
    attempts === null ? 'without a limit' : counted(attempts, 'attempt'),
    `${duration(minDelayMs)} to ${duration(maxDelayMs)} apart`,
    ...(withinMs === null ? [] : [`within ${duration(withinMs)}`]),
    ...(rules === 0 ? [] : [`${counted(rules, 'rule')} for certain errors`]),
  ].join(', ');
}

/** `100 in 1 s, bursts of 20, for each key` */
export function limitWords({ rateLimits }: WorkerView): string {
  if (rateLimits.length === 0) return 'none';
  return rateLimits
    .map(({ messages, perMs, burst, byKey }) =>
      [
        `${counted(messages, 'message')} in ${duration(perMs)}`,
        `bursts of ${count(burst)}`,
        ...(byKey ? ['for each key'] : []),
      ].join(', '),
    )
    .join('; ');
}
