/** The messages before a position that match, read without a consumer. See `find-messages.ts`. */
import { Failure } from '../failure.ts';
import type { Nats } from '../nats.ts';
import {
  type MessagePage,
  PAGE_BYTES_MAX,
  PAGE_TIME_MS,
  type Search,
  TOO_LARGE,
  TOO_SLOW,
} from './message-page.ts';
import { batchFrom, firstMatch, type Readable } from './probe.ts';
import type { StoredMessage } from './stored-message.ts';

/** Up to `limit` messages at or before `seq`. */
export function previousMatches(
  nats: Nats,
  stream: Readable,
  search: Search,
): Promise<MessagePage> {
  return stream.direct ? byCounting(nats, stream, search) : bySearching(nats, stream, search);
}

const COUNTS_MAX = 40;
/** Guesses that matches are spread evenly. Where the first ones are wrong they are not. */
const EVEN_MAX = 8;
const LOOKS_MAX = 400;
/** More than were asked for is read rather than counted again: a stream may grow by this while it is counted. */
const SPARE = 64;

/** Finds the sequence from which about as many match as are wanted, then reads from there. */
async function byCounting(nats: Nats, stream: Readable, search: Search): Promise<MessagePage> {
  const { seq: to, subject, limit } = search;
  const endMs = performance.now() + PAGE_TIME_MS;
  // Counted once: what comes meanwhile is what there is room to spare for.
  const behind = countFrom(nats, stream, to + 1, subject);
  const from = await latestStart({ first: stream.firstSeq, to, limit }, async (seq) => {
    const [all, later] = await Promise.all([countFrom(nats, stream, seq, subject), behind]);
    return all - later;
  });
  const messages: StoredMessage[] = [];
  for (let seq = from; seq <= to; ) {
    const count = Math.min(limit + SPARE, to - seq + 1);
    const more = await batchFrom(nats, stream, { seq, subject, count });
    const last = more.at(-1);
    if (last === undefined) break;
    messages.push(...more.filter((message) => message.seq <= to));
    const fewer = bearable(more, limit);
    if (fewer < limit) {
      const page = await byCounting(nats, stream, { ...search, limit: fewer });
      return { ...page, cutShort: TOO_LARGE };
    }
    messages.splice(0, messages.length - limit);
    seq = last.seq + 1;
    if (seq <= to && performance.now() > endMs) throw tooSlow();
  }
  const lookedTo = messages.length >= limit ? (messages[0]?.seq ?? from) : from;
  return { messages, lookedTo, cutShort: undefined };
}

/** How many messages like these make a page. */
function bearable(messages: readonly StoredMessage[], limit: number): number {
  const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
  const average = bytes / messages.length;
  return Math.max(1, Math.min(limit, Math.floor(PAGE_BYTES_MAX / Math.max(average, 1))));
}

function tooSlow(): Failure {
  const words = `These messages were not read within ${PAGE_TIME_MS / 1000} s: ask for fewer, or begin elsewhere.`;
  return new Failure(503, 'BUSY', words);
}

/** How many match from a sequence on. */
async function countFrom(
  nats: Nats,
  stream: Readable,
  seq: number,
  subject: string,
): Promise<number> {
  const found = await firstMatch(nats, stream, { seq }, subject);
  return found === undefined ? 0 : found.pending + 1;
}

/**
 * A sequence from which at least `limit` match up to `to`, and not many more; the first where there are fewer. Guesses that all
 * match, then that they are spread evenly, then halves.
 */
export async function latestStart(
  range: { readonly first: number; readonly to: number; readonly limit: number },
  countUpTo: (seq: number) => Promise<number>,
): Promise<number> {
  const { first, to, limit } = range;
  const enough = (count: number) => count >= limit && count <= limit + SPARE;
  let high = Math.max(first, to - limit + 1);
  let highCount = await countUpTo(high);
  if (highCount >= limit || high === first) return high;
  let low = first;
  let lowCount = await countUpTo(low);
  if (lowCount <= limit + SPARE) return low;
  for (let counts = 2; counts < COUNTS_MAX && high - low > 1; counts++) {
    const share = (lowCount - limit - SPARE / 2) / (lowCount - highCount);
    const even = low + Math.floor((high - low) * share);
    const middle = counts < EVEN_MAX ? even : Math.floor((low + high) / 2);
    const seq = Math.min(high - 1, Math.max(low + 1, middle));
    const count = await countUpTo(seq);
    if (enough(count)) return seq;
    if (count < limit) [high, highCount] = [seq, count];
    else [low, lowCount] = [seq, count];
  }
  return low;
}

/** One by one: the last match at or before a sequence is where the next match from some sequence on is not behind it. */
async function bySearching(nats: Nats, stream: Readable, search: Search): Promise<MessagePage> {
  const { subject, limit } = search;
  const endMs = performance.now() + PAGE_TIME_MS;
  const messages: StoredMessage[] = [];
  let looks = 0;
  let to = search.seq;
  while (messages.length < limit && to >= stream.firstSeq) {
    const found = await lastMatch(stream.firstSeq, to, async (seq) => {
      looks += 1;
      return (await firstMatch(nats, stream, { seq }, subject))?.message;
    });
    if (found === undefined) return { messages, lookedTo: stream.firstSeq, cutShort: undefined };
    messages.unshift(found);
    to = found.seq - 1;
    if (looks > LOOKS_MAX || performance.now() > endMs)
      return { messages, lookedTo: found.seq, cutShort: TOO_SLOW };
  }
  return { messages, lookedTo: messages[0]?.seq ?? stream.firstSeq, cutShort: undefined };
}

/** The last message at or before `to`, from how the first one at or behind a sequence is found. */
export async function lastMatch(
  first: number,
  to: number,
  firstFrom: (seq: number) => Promise<StoredMessage | undefined>,
): Promise<StoredMessage | undefined> {
  let best: StoredMessage | undefined;
  let high = to;
  let stepBack = 0;
  let low = to;
  // Back in growing steps, until there is one.
  for (;;) {
    const found = await firstFrom(low);
    if (found !== undefined && found.seq <= to) {
      best = found;
      break;
    }
    if (low <= first) return undefined;
    high = low - 1;
    stepBack = Math.max(1, stepBack * 2);
    low = Math.max(first, low - stepBack);
  }
  // There may be a later one.
  low = best.seq + 1;
  while (low <= high) {
    const middle = Math.floor((low + high + 1) / 2);
    const found = await firstFrom(middle);
    if (found === undefined || found.seq > high) {
      high = middle - 1;
      continue;
    }
    best = found;
    low = found.seq + 1;
  }
  return best;
}
