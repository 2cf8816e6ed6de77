/** Lists that the server gives in pages, read up to a bound. */
import { Failure } from '../failure.ts';
import type { ConsumerInfo, Nats, StreamInfo } from '../nats.ts';

/** As much of a list as was read. */
export interface ReadList<T> {
  readonly items: readonly T[];
  /** How many there are. */
  readonly total: number;
}

/** Streams by name, up to `max`. */
export async function readStreams(nats: Nats, max: number): Promise<ReadList<StreamInfo>> {
  return readPages(max, async (offset) => {
    const page = await nats.ask<StreamsPage>('STREAM.LIST', { offset });
    return { items: page.streams ?? [], total: page.total };
  });
}

/** Consumers of a stream by name, from one position on, up to `max`. */
export function readConsumers(
  nats: Nats,
  stream: string,
  max: number,
): Promise<ReadList<ConsumerInfo>> {
  return readPages(max, async (offset) => {
    const page = await nats.ask<ConsumersPage>(`CONSUMER.LIST.${stream}`, { offset });
    return { items: page.consumers ?? [], total: page.total };
  });
}

/** One stream. */
export function readStream(nats: Nats, stream: string): Promise<StreamInfo> {
  return nats.ask<StreamInfo>(`STREAM.INFO.${stream}`);
}

/** One consumer. */
export function readConsumer(nats: Nats, stream: string, consumer: string): Promise<ConsumerInfo> {
  return nats.ask<ConsumerInfo>(`CONSUMER.INFO.${stream}.${consumer}`);
}

/** How many dead letters a stream keeps: its state counts them by subject, one for each worker. */
export async function countLetters(nats: Nats, stream: string, subjects: string): Promise<number> {
  const { state } = await nats.ask<StreamInfo>(`STREAM.INFO.${stream}`, {
    subjects_filter: subjects,
  });
  return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

interface StreamsPage {
  readonly total: number;
  readonly streams: StreamInfo[] | null;
}

interface ConsumersPage {
  readonly total: number;
  readonly consumers: ConsumerInfo[] | null;
}

/** No list is read in more pages than that. */
const PAGES_MAX = 64;

async function readPages<T>(
  max: number,
  readPage: (offset: number) => Promise<ReadList<T>>,
): Promise<ReadList<T>> {
  const items: T[] = [];
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await readPage(items.length);
    items.push(...page.items);
    const { total } = page;
    if (page.items.length === 0 || items.length >= Math.min(total, max))
      return { items: items.slice(0, max), total };
  }
  throw new Failure(409, 'LIMIT', `There are too many to be listed: more than ${items.length}.`);
}
