import { JetlaneError } from '@jetlane/contracts';
import type { Msg } from '@nats-io/nats-core';

/** How large a pull request may be, as the consumer's configuration allows. */
export interface PullLimits {
  readonly batchMax: number;
  readonly bytesMax: number;
  readonly expiresMs: number;
}

/** Limits of a consumer that has said nothing yet. */
export function unlimited(expiresMs: number): PullLimits {
  return { batchMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY, expiresMs };
}

/** What a status of the server means for the request that it answers. */
export type PullVerdict =
  /** The request is alive. */
  | { readonly next: 'wait' }
  /** The request has ended; ask again. */
  | { readonly next: 'pull' }
  /** The next message is larger than what was left of the request; ask for more bytes. */
  | { readonly next: 'larger' }
  /** The consumer has gone to another server, and deliveries of the last one may be lost; ask again a little later. */
  | { readonly next: 'moved' }
  /** The request has ended because the server is busy with itself; ask again a little later. */
  | { readonly next: 'pause' }
  /** The consumer does not answer, or is gone: look after it. */
  | { readonly next: 'restore' }
  /** The request asked for too much; ask again within these limits. */
  | { readonly next: 'limit'; readonly limits: Partial<PullLimits> }
  /** No request will ever be answered. */
  | { readonly next: 'fail'; readonly error: JetlaneError };

/** Reads a status by its code and description, as nats-server 2.14 and later write them. */
export function readStatus(code: number, description: string): PullVerdict {
  if (code === 100) return { next: 'wait' };
  if (code === 408) return { next: 'pull' };
  if (code === 503) return { next: 'restore' };
  if (code === 409) return conflict(description);
  if (code === 400 || code === 412) return fail(description);
  return { next: 'pause' };
}

/** What a request that has ended did not bring, as far as the server says. */
export function owedIn({ headers }: Msg): { readonly messages?: number; readonly bytes: number } {
  const messages = headers?.get('Nats-Pending-Messages');
  const bytes = Number(headers?.get('Nats-Pending-Bytes') ?? 0);
  return messages ? { messages: Number(messages), bytes } : { bytes };
}

function conflict(description: string): PullVerdict {
  if (/exceeds maxbytes/i.test(description)) return { next: 'larger' };
  if (/batch completed/i.test(description)) return { next: 'pull' };
  if (/leadership change|server shutdown/i.test(description)) return { next: 'moved' };
  if (/consumer deleted/i.test(description)) return { next: 'restore' };
  if (/push based/i.test(description)) return fail(description);
  const [, name, limit = ''] = /exceeded (\w+) of (\S+)/i.exec(description) ?? [];
  if (name === undefined) return { next: 'pause' };
  const most = Number(limit);
  if (name === 'MaxRequestBatch' && most >= 1) return { next: 'limit', limits: { batchMax: most } };
  if (name === 'MaxRequestMaxBytes' && most >= 1)
    return { next: 'limit', limits: { bytesMax: most } };
  const expiresMs = goDurationMs(limit);
  if (name === 'MaxRequestExpires' && expiresMs !== undefined && expiresMs >= 1)
    return { next: 'limit', limits: { expiresMs } };
  return fail(description);
}

function fail(description: string): PullVerdict {
  return {
    next: 'fail',
    error: new JetlaneError(
      'TOPOLOGY_CONFLICT',
      `the server refuses to deliver to this worker's consumer: ${description}; look at the worker's 'jetstream' options, and at who else made that consumer`,
    ),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  µs: 0.001,
  ns: 0.000_001,
};

/** A duration as Go prints it, such as `1m30s` or `1.5s`. */
function goDurationMs(text: string): number | undefined {
  let sumMs: number | undefined;
  for (const [, number, unit = ''] of text.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g))
    sumMs = (sumMs ?? 0) + Number(number) * (UNIT_MS[unit] as number);
  return sumMs === undefined ? undefined : Math.floor(sumMs);
}
