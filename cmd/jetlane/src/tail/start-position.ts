import type { Connection } from '@jetlane/core';
import { DeliverPolicy } from '@nats-io/jetstream';

/** Where to begin to read: with new messages, at a sequence, or at a time. */
export type Start =
  | { readonly at: 'new' }
  | { readonly at: 'seq'; readonly seq: number }
  | { readonly at: 'time'; readonly timeMs: number }
  | { readonly at: 'last'; readonly count: number };

/**
 * The sequence from which exactly `count` messages match, or the first when there are fewer. Asks the server how many
 * match from some sequence on, and halves the range: a few requests, however long the stream.
 */
export async function lastMatching(
  { js, jsm }: Connection,
  stream: string,
  filter: string,
  count: number,
): Promise<number> {
  const { state } = await jsm.streams.info(stream);
  const matchingFrom = async (seq: number): Promise<number> => {
    const consumer = await js.consumers.get(stream, {
      filter_subjects: filter,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: seq,
      inactive_threshold: PROBE_MS,
    });
    const { num_pending } = await consumer.info(true);
    await consumer.delete();
    return num_pending;
  };
  return latestStart(state.first_seq, state.last_seq, count, matchingFrom);
}

/** The search of {@link lastMatching}, without a server. */
export async function latestStart(
  first: number,
  last: number,
  count: number,
  matchingFrom: (seq: number) => Promise<number>,
): Promise<number> {
  let high = Math.max(first, last - count + 1);
  // Where every message matches the guess is right at once.
  if ((await matchingFrom(high)) >= count) return high;
  let low = first;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((await matchingFrom(middle)) >= count) low = middle;
    else high = middle - 1;
  }
  return low;
}

const PROBE_MS = 5000;
