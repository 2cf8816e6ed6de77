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
 * only those that it does.
 */
export function rowsOf({ streams }: Standing, choice: RowChoice): Row[] {
  const compare = comparison(choice);
  const wanted = choice.filter.toLowerCase();
  const names = (name: string) => name.toLowerCase().includes(wanted);
  return [...streams].sort(compare).flatMap((stream): Row[] => {
    const consumers = names(stream.name)
      ? stream.consumers
      : stream.consumers.filter(({ name }) => names(name));
    if (!names(stream.name) && consumers.length === 0) return [];
    const open = !choice.collapsed.has(stream.name) && stream.consumers.length > 0;
    const head: Row = { kind: 'stream', key: stream.name, stream, open };
    if (!open) return [head];
    const rows = [...consumers].sort(compare).map(
      (consumer): Row => ({
        kind: 'consumer',
        key: consumerKey(stream.name, consumer.name),
        stream,
        consumer,
      }),
    );
    return [head, ...rows];
  });
}

type Sortable = Figures & { readonly name: string; readonly storedPerS?: number | undefined };

function comparison({ sort, reversed }: RowChoice): (a: Sortable, b: Sortable) => number {
  const sign = reversed ? -1 : 1;
  const value = VALUES[sort];
  return (a, b) => {
    const difference = value === undefined ? 0 : (value(b) ?? -1) - (value(a) ?? -1);
    if (difference !== 0) return sign * difference;
    return (sort === 'name' ? sign : 1) * compareNames(a.name, b.name);
  };
}

const VALUES: Readonly<Partial<Record<SortKey, (one: Sortable) => number | undefined>>> = {
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
