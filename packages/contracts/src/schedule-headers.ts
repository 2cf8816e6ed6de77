import type { MessageOptions } from './outgoing.ts';
import { show } from './show.ts';
import { type Duration, durationProblem, toMs } from './unit.ts';

/**
 * Adds to `headers` what makes a server keep a message until it is due: the moment, the subject to
 * deliver it to, and `Nats-TTL: never`, so that the stream's `maxAge` does not take it meanwhile. Its
 * own ttl begins with the delivery. Adds nothing when it is due already. The result is what is
 * wrong with `delay` and `at`, in words.
 */
export function addSchedule(
  headers: Record<string, string>,
  { delay, at }: Pick<MessageOptions, 'delay' | 'at'>,
  { subject, nowMs }: { readonly subject: string; readonly nowMs: number },
): string | undefined {
  if (delay !== undefined && at !== undefined) return 'give delay or at, not both';
  const problem = at === undefined ? durationProblem(delay, 'delay') : dateProblem(at);
  if (problem !== undefined) return problem;
  const dueMs = at === undefined ? nowMs + toMs(delay as Duration) : at.getTime();
  if (dueMs > DUE_MAX_MS) {
    const given = at === undefined ? `delay ${show(delay)}` : `at ${at.toISOString()}`;
    return `${given} is later than a server can count, which is the year 2261`;
  }
  if (dueMs <= nowMs) return undefined;
  const ttl = headers['Nats-TTL'];
  headers['Nats-Schedule'] = `@at ${new Date(dueMs).toISOString()}`;
  headers['Nats-Schedule-Target'] = subject;
  if (ttl !== undefined) headers['Nats-Schedule-TTL'] = ttl;
  headers['Nats-TTL'] = 'never';
  return undefined;
}

/** The server counts nanoseconds since 1970 in 64 bits. */
const DUE_MAX_MS = Date.UTC(2262, 0, 1);

function dateProblem(at: unknown): string | undefined {
  if (at instanceof Date && !Number.isNaN(at.getTime())) return undefined;
  return `at must be a valid Date, not ${at instanceof Date ? 'an invalid one' : show(at)}`;
}
