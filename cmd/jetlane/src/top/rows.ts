/** Which rows are shown and in which order: streams, each followed by its consumers. Pure. */
import { compareNames } from '../survey/survey.ts';
import { consumerKey } from './oldest.ts';
import type { ConsumerStanding, Figures, Standing, StreamStanding } from './standing.ts';

/** A row of the table. */
export type Row =
  | {
      readonly kind: 'stream';
      readonly key: string;
      readonly stream: StreamStanding;
      /** Whether its consumers follow. */
      readonly open: boolean;
    }
  | {
      readonly kind: 'consumer';
      readonly key: string;
      readonly stream: StreamStanding;
      readonly consumer: ConsumerStanding;
    };

/** What rows may be sorted by. */
export type SortKey =
  | 'lag'
  | 'oldest'
  | 'p99'
  | 'p50'
  | 'handling'
  | 'in'
  | 'out'
  | 'pending'
  | 'dead'
  | 'name';

/** The sorts in the order in which `s` goes through them, and what each is called. */
export const SORTS: readonly { readonly key: SortKey; readonly words: string }[] = [
  { key: 'lag', words: 'lag' },
  { key: 'oldest', words: 'oldest' },
  { key: 'p99', words: 'p99' },
  { key: 'p50', words: 'p50' },
  { key: 'handling', words: 'handling' },
  { key: 'in', words: 'in' },
  { key: 'out', words: 'out' },
  { key: 'pending', words: 'pending' },
  { key: 'dead', words: 'dead' },
  { key: 'name', words: 'name' },
];

/** What decides about rows. */
export interface RowChoice {
  readonly sort: SortKey;
  /** Smallest first; names from the end. */
  readonly reversed: boolean;
  readonly filter: string;
  readonly collapsed: ReadonlySet<string>;
}

/**
 * The rows. Streams are sorted by their sums and consumers within their stream, the largest first, equal ones by name. A filter
 * keeps streams and consumers whose name holds it; a stream that it names keeps all its consumers, and one that it does not name
 * only those that it does. `places` of rows by their keys, where given, are an order of its own.
 */
export function rowsOf(
  { streams }: Standing,
  choice: RowChoice,
  places?: ReadonlyMap<string, number>,
): Row[] {
  const compare = comparison(choice);
  const inOrder = <T extends Sortable>(all: readonly T[], keyOf: (one: T) => string): T[] =>
    [...all].sort((a, b) => {
      if (places === undefined) return compare(a, b);
      return (places.get(keyOf(a)) ?? all.length) - (places.get(keyOf(b)) ?? all.length);
    });
  const wanted = choice.filter.toLowerCase();
  const names = (name: string) => name.toLowerCase().includes(wanted);
  return inOrder(streams, ({ name }) => name).flatMap((stream): Row[] => {
    const keyOf = ({ name }: ConsumerStanding) => consumerKey(stream.name, name);
    const consumers = names(stream.name)
      ? stream.consumers
      : stream.consumers.filter(({ name }) => names(name));
    if (!names(stream.name) && consumers.length === 0) return [];
    const open = !choice.collapsed.has(stream.name) && stream.consumers.length > 0;
    const head: Row = { kind: 'stream', key: stream.name, stream, open };
    if (!open) return [head];
    const rows = inOrder(consumers, keyOf).map(
      (consumer): Row => ({ kind: 'consumer', key: keyOf(consumer), stream, consumer }),
    );
    return [head, ...rows];
  });
}

/** What streams and consumers can be sorted by. */
export type Sortable = Figures & {
  readonly name: string;
  readonly storedPerS?: number | undefined;
};

/** The larger one first, or the other way around; equal ones by name. */
export function comparison({
  sort,
  reversed,
}: Pick<RowChoice, 'sort' | 'reversed'>): (a: Sortable, b: Sortable) => number {
  const sign = reversed ? -1 : 1;
  const value = VALUES[sort];
  return (a, b) => {
    const difference = value === undefined ? 0 : (value(b) ?? -1) - (value(a) ?? -1);
    if (difference !== 0) return sign * difference;
    return (sort === 'name' ? sign : 1) * compareNames(a.name, b.name);
  };
}

/** The figure of each sort; by name there is none. */
export const VALUES: Readonly<Partial<Record<SortKey, (one: Sortable) => number | undefined>>> = {
  lag: ({ lag }) => lag,
  in: ({ storedPerS, deliveredPerS }) => storedPerS ?? deliveredPerS,
  out: ({ deliveredPerS }) => deliveredPerS,
  pending: ({ ackPending }) => ackPending,
  oldest: ({ oldestMs }) => oldestMs,
  p99: ({ latencyMs }) => latencyMs?.p99,
  p50: ({ latencyMs }) => latencyMs?.p50,
  handling: ({ handlingMs }) => handlingMs?.p99,
  dead: ({ deadLetters }) => deadLetters,
};
