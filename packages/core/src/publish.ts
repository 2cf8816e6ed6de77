import {
  type Codec,
  type EncodedMessage,
  type ErrorCode,
  encodeMessage,
  isJetlaneError,
  JetlaneError,
  type Outgoing,
} from '@jetlane/contracts';
import type { Bus, PublishAck } from './bus.ts';

/** What encoding needs to know. */
export interface WriteContext {
  readonly codec: Codec;
  readonly source: string;
  readonly maxPayload: number;
  readonly nowMs: number;
}

/** Checks and encodes all messages before any is sent. */
export async function encodeAll(
  messages: readonly Outgoing[],
  context: WriteContext,
): Promise<EncodedMessage[]> {
  const encoded: EncodedMessage[] = [];
  for (const message of messages) {
    const next = encodeMessage(message, context);
    encoded.push(next instanceof Promise ? await next : next);
  }
  return encoded;
}

/** Where messages go. */
export interface Sink {
  readonly store: Bus['store'];
  readonly ready: Bus['ready'];
}

/** Failures after which writing more would only wait for more of them. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set(['PUBLISH_TIMEOUT', 'CONNECTION_LOST', 'CLOSED']);

/** Messages that were written. */
export interface HandedOver {
  readonly storing: readonly Promise<PublishAck>[];
  /** How many were left out, because an ack failed as it does in an outage. */
  readonly left: number;
}

/**
 * Writes all messages in order, as fast as the sink takes them, and stops at the first sign of an outage. Resolves when the
 * last one is written, not stored. `waitedMs` of the time that each of them has is over.
 */
export async function handOver(
  sink: Sink,
  messages: readonly EncodedMessage[],
  waitedMs = 0,
): Promise<HandedOver> {
  const storing: Promise<PublishAck>[] = [];
  let hopeless = false;
  // Whoever awaits all of them hears of a failure: until then it is nobody's unhandled rejection.
  const failed = (error: unknown) => {
    hopeless ||= isJetlaneError(error) && OUTAGES.has(error.code);
  };
  for (const message of messages) {
    const ready = sink.ready();
    if (ready !== undefined) await ready;
    if (hopeless) break;
    const stored = sink.store(message, waitedMs);
    stored.catch(failed);
    storing.push(stored);
  }
  return { storing, left: messages.length - storing.length };
}

/**
 * Awaits all acks. When some fail the other messages are stored nevertheless.
 *
 * @throws JetlaneError the first failure, with every failure as its `cause` when there are several
 */
export async function awaitAll({ storing, left }: HandedOver): Promise<PublishAck[]> {
  return acksOf(await Promise.allSettled(storing), left);
}

function acksOf(results: readonly PromiseSettledResult<PublishAck>[], left: number): PublishAck[] {
  const acks: PublishAck[] = [];
  const failures: unknown[] = [];
  for (const result of results)
    if (result.status === 'fulfilled') acks.push(result.value);
    else failures.push(result.reason);
  const [first] = failures;
  if (failures.length === 0) return acks;
  if (failures.length + left === 1 || !isJetlaneError(first)) throw first;
  const unsent = left === 0 ? '' : `, ${left} of them not sent`;
  throw new JetlaneError(
    first.code,
    `${failures.length + left} of ${results.length + left} messages were not stored${unsent}; the first: ${first.message}`,
    { retryable: first.retryable, cause: failures },
  );
}
