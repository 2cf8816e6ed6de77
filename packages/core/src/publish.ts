import {
  type Codec,
  type EncodedMessage,
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

/**
 * Writes all messages in order, then awaits all. When some fail the others are stored nevertheless.
 *
 * @throws JetlaneError the first failure, with every failure as its `cause` when there are several
 */
export async function storeAll(
  store: Bus['store'],
  messages: readonly EncodedMessage[],
): Promise<PublishAck[]> {
  const results = await Promise.allSettled(messages.map((message) => store(message)));
  const acks: PublishAck[] = [];
  const failures: unknown[] = [];
  for (const result of results)
    if (result.status === 'fulfilled') acks.push(result.value);
    else failures.push(result.reason);
  const [first] = failures;
  if (failures.length === 0) return acks;
  if (failures.length === 1 || !isJetlaneError(first)) throw first;
  throw new JetlaneError(
    first.code,
    `${failures.length} of ${messages.length} messages were not stored; the first: ${first.message}`,
    { retryable: first.retryable, cause: failures },
  );
}
