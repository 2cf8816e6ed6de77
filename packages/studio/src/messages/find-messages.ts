/**
 * Pages of messages, forwards and backwards. Backwards is what a stream has no question for: so the server is asked how many
 * match from some sequence on, until that many are as many as the page holds, and those are read. That takes a few questions
 * however long the stream is; where it takes too many the page ends early and says so.
 */
import type { Nats } from '../nats.ts';
import {
  type MessagePage,
  PAGE_BYTES_MAX,
  PAGE_TIME_MS,
  type Search,
  TOO_LARGE,
  TOO_SLOW,
} from './message-page.ts';
import { previousMatches } from './previous-matches.ts';
import { batchFrom, firstMatch, type Readable } from './probe.ts';
import type { StoredMessage } from './stored-message.ts';

/** Reads one page. A stream may change meanwhile: a message that goes is not in it. */
export async function findMessages(
  nats: Nats,
  stream: Readable,
  search: Search,
): Promise<MessagePage> {
  const { firstSeq, lastSeq } = stream;
  if (search.direction === 'older') {
    const seq = Math.min(search.seq, lastSeq);
    if (seq < firstSeq || lastSeq === 0)
      return { messages: [], lookedTo: firstSeq, cutShort: undefined };
    return previousMatches(nats, stream, { ...search, seq });
  }
  return nextMatches(nats, stream, { ...search, seq: Math.max(search.seq, firstSeq, 1) });
}

/** The sequence of the first message that was stored at a time or later; one behind the last where there is none. */
export async function seqAt(nats: Nats, stream: Readable, time: Date): Promise<number> {
  if (stream.lastSeq === 0) return 1;
  const found = await firstMatch(nats, stream, { start_time: time.toISOString() }, '>');
  return found?.message.seq ?? stream.lastSeq + 1;
}

async function nextMatches(nats: Nats, stream: Readable, search: Search): Promise<MessagePage> {
  const { subject, limit } = search;
  const endMs = performance.now() + PAGE_TIME_MS;
  const messages: StoredMessage[] = [];
  let bytes = 0;
  let seq = search.seq;
  for (;;) {
    const more = await some(nats, stream, { seq, subject, count: limit - messages.length });
    messages.push(...more);
    bytes += more.reduce((sum, { payload }) => sum + payload.length, 0);
    const last = more.at(-1);
    if (last === undefined)
      return { messages, lookedTo: Math.max(stream.lastSeq, seq - 1), cutShort: undefined };
    seq = last.seq + 1;
    if (messages.length >= limit) return { messages, lookedTo: last.seq, cutShort: undefined };
    const cutShort = bytes >= PAGE_BYTES_MAX ? TOO_LARGE : performance.now() > endMs && TOO_SLOW;
    if (cutShort) return { messages, lookedTo: last.seq, cutShort };
  }
}

/** At least one where there is one. */
async function some(
  nats: Nats,
  stream: Readable,
  query: { readonly seq: number; readonly subject: string; readonly count: number },
): Promise<StoredMessage[]> {
  if (stream.direct) return batchFrom(nats, stream, query);
  const found = await firstMatch(nats, stream, { seq: query.seq }, query.subject);
  return found === undefined ? [] : [found.message];
}
