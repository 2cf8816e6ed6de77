/** The order of the rows of `jetlane top`: steady where figures only flicker. Pure. */
import { consumerKey } from './oldest.ts';
import { comparison, type RowChoice, type Sortable, VALUES } from './rows.ts';
import type { Standing } from './standing.ts';

/** An order, and what it was made from. */
export interface Order {
  /** Places by the key of a row, within those of its kind. */
  readonly places: ReadonlyMap<string, number>;
  readonly sort: RowChoice['sort'];
  readonly reversed: boolean;
  /** The last looks, oldest first. */
  readonly looks: readonly Standing[];
}

/** How many looks must agree that a row belongs above another before it goes there. */
export const STEADY_LOOKS = 3;

/**
 * The order at a look, given the one before. A row passes another only when in all of the last looks it was above what the other one
 * had in any of them; equal ones that stand still are sorted by name. Another sort sorts at once, by what is there.
 */
export function orderOf(
  before: Order | undefined,
  standing: Standing,
  { sort, reversed }: Pick<RowChoice, 'sort' | 'reversed'>,
): Order {
  const same = before?.sort === sort && before.reversed === reversed;
  const earlier = before?.looks ?? [];
  const seen = earlier.at(-1) === standing;
  if (same && seen) return before;
  const looks = seen ? earlier : [...earlier, standing].slice(-STEADY_LOOKS);
  const known = same ? before.places : new Map<string, number>();
  const spans = spansOf(looks, { sort, reversed });
  const places = new Map<string, number>();
  const place = (all: readonly Sortable[], keyOf: (one: Sortable) => string) => {
    const first = [...all].sort(comparison({ sort, reversed }));
    const entries = first.map((one): Entry => {
      const key = keyOf(one);
      return { key, span: spans.get(key) ?? UNKNOWN };
    });
    const sorted = same ? steady(entries, known) : entries;
    for (const [index, { key }] of sorted.entries()) places.set(key, index);
  };
  place(standing.streams, ({ name }) => name);
  for (const { name, consumers } of standing.streams)
    place(consumers, (consumer) => consumerKey(name, consumer.name));
  return { places, sort, reversed, looks };
}

interface Span {
  readonly low: number;
  readonly high: number;
}

interface Entry {
  readonly key: string;
  readonly span: Span;
}

/** What is not known is below all that is. */
const UNKNOWN: Span = { low: -1, high: -1 };

/** What each row had in the looks: the least and the most. */
function spansOf(
  looks: readonly Standing[],
  { sort, reversed }: Pick<RowChoice, 'sort' | 'reversed'>,
): Map<string, Span> {
  const spans = new Map<string, Span>();
  const figureOf = VALUES[sort];
  const see = (key: string, one: Sortable) => {
    const found = figureOf?.(one);
    if (found === undefined) return;
    const value = reversed ? -found : found;
    const { low, high } = spans.get(key) ?? { low: value, high: value };
    spans.set(key, { low: Math.min(low, value), high: Math.max(high, value) });
  };
  for (const { streams } of looks)
    for (const stream of streams) {
      see(stream.name, stream);
      for (const consumer of stream.consumers)
        see(consumerKey(stream.name, consumer.name), consumer);
    }
  return spans;
}

/** Entries, given as they would stand now, as they stood before but where one is clearly above another. */
function steady(entries: readonly Entry[], known: ReadonlyMap<string, number>): Entry[] {
  const before = ({ key }: Entry) => known.get(key) ?? known.size;
  const standing = byName(
    entries,
    [...entries].sort((a, b) => before(a) - before(b)),
  );
  const byLow = [...entries].sort((a, b) => b.span.low - a.span.low);
  const taken = new Set<Entry>();
  let first = 0;
  let lowest = 0;
  while (taken.size < standing.length) {
    while (taken.has(standing[first] as Entry)) first++;
    while (taken.has(byLow[lowest] as Entry)) lowest++;
    const floor = (byLow[lowest] as Entry).span.low;
    // The first one that nothing is clearly above; the one with that floor is such a one, if none before it is.
    let next = first;
    while (taken.has(standing[next] as Entry) || (standing[next] as Entry).span.high < floor)
      next++;
    taken.add(standing[next] as Entry);
  }
  return [...taken];
}

/** Puts those that stand still at the same value into their places by name, as `entries` have them. */
function byName(entries: readonly Entry[], standing: readonly Entry[]): Entry[] {
  const still = new Map<number, Entry[]>();
  const moves = ({ span }: Entry) => span.low !== span.high;
  for (const entry of entries) {
    if (moves(entry)) continue;
    const equal = still.get(entry.span.low);
    if (equal === undefined) still.set(entry.span.low, [entry]);
    else equal.push(entry);
  }
  const turn = new Map<number, number>();
  return standing.map((entry) => {
    if (moves(entry)) return entry;
    const { low } = entry.span;
    const index = turn.get(low) ?? 0;
    turn.set(low, index + 1);
    return still.get(low)?.[index] ?? entry;
  });
}
