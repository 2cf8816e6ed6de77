/** Which streams a list shows, in which order, and with which of their consumers. Pure. */
import type { ConsumerRow, StreamRow } from '../../src/wire.ts';

/** What a list of streams can be sorted by. */
export const orders = ['name', 'lag', 'unacked', 'stored', 'messages', 'size'] as const;

/** One of them. */
export type StreamOrder = (typeof orders)[number];

/** What is asked of a list. */
export interface Arrangement {
  /** Part of the name of a stream or a consumer, or of a subject; case does not matter. */
  readonly q: string;
  readonly order: StreamOrder;
  /** Also buckets and the queues of partitioned workers. */
  readonly internal: boolean;
}

/** A stream with those of its consumers that match. */
export interface ArrangedStream {
  readonly stream: StreamRow;
  readonly consumers: readonly ConsumerRow[];
}

/** What of `streams` is shown; `hidden` counts what only `internal` keeps out. */
export function arrange(
  streams: readonly StreamRow[],
  { q, order, internal }: Arrangement,
): { readonly shown: readonly ArrangedStream[]; readonly hidden: number } {
  const matching = streams.flatMap((stream) => match(stream, q.trim().toLowerCase()));
  const shown = matching.filter(({ stream }) => internal || !isInternal(stream));
  return { shown: sorted(shown, order), hidden: matching.length - shown.length };
}

/** What an operator seldom looks for: made by Jetlane for itself, or a store. */
export function isInternal({ kind }: StreamRow): boolean {
  return kind === 'bucket' || kind === 'partition-queue';
}

function match(stream: StreamRow, q: string): ArrangedStream[] {
  const names = [stream.name, stream.description ?? '', ...stream.subjects];
  if (q === '' || names.some((name) => name.toLowerCase().includes(q))) {
    return [{ stream, consumers: stream.consumers }];
  }
  const consumers = stream.consumers.filter(({ name, worker, filters }) =>
    [name, worker ?? '', ...filters].some((text) => text.toLowerCase().includes(q)),
  );
  return consumers.length > 0 ? [{ stream, consumers }] : [];
}

function sorted(rows: readonly ArrangedStream[], order: StreamOrder): ArrangedStream[] {
  const byName = (one: string, other: string) => one.localeCompare(other, 'en', { numeric: true });
  const measure = measures[order];
  return rows
    .map(({ stream, consumers }) => ({ stream, consumers: sortedConsumers(consumers, order) }))
    .sort(
      (one, other) =>
        measure(other.stream) - measure(one.stream) || byName(one.stream.name, other.stream.name),
    );
}

function sortedConsumers(consumers: readonly ConsumerRow[], order: StreamOrder): ConsumerRow[] {
  const all = [...consumers];
  if (order === 'lag') all.sort((one, other) => other.lag - one.lag);
  if (order === 'unacked') all.sort((one, other) => other.ackPending - one.ackPending);
  return all;
}

const measures: Readonly<Record<StreamOrder, (stream: StreamRow) => number>> = {
  name: () => 0,
  lag: ({ consumers }) => Math.max(0, ...consumers.map(({ lag }) => lag)),
  unacked: ({ consumers }) => Math.max(0, ...consumers.map(({ ackPending }) => ackPending)),
  stored: ({ storedPerSec }) => storedPerSec ?? 0,
  messages: ({ messages }) => messages,
  size: ({ bytes }) => bytes,
};
