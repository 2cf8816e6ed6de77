/** What the server says of all its streams and consumers, in few requests. */
import type { Connection } from '@jetlane/core';
import { type ConsumerInfo, JetStreamApiError, type StreamInfo } from '@nats-io/jetstream';

/** A stream with its consumers. */
export interface Surveyed {
  readonly info: StreamInfo;
  /** By name, without those that only keep something. */
  readonly consumers: readonly ConsumerInfo[];
}

/** Requests under way at once. */
const AT_ONCE = 8;
const STREAM_NOT_FOUND = 10_059;

/**
 * Reads streams and consumers page by page: one request for 256 streams, and one for 256 consumers of each stream that is
 * `wanted` and has any; eight are under way at once. A stream that goes in the meantime has no consumers.
 */
export async function survey(
  jsm: Connection['jsm'],
  wanted: (info: StreamInfo) => boolean = () => true,
): Promise<Surveyed[]> {
  const infos: StreamInfo[] = [];
  for await (const info of jsm.streams.list()) if (wanted(info)) infos.push(info);
  const surveyed = await inTurns(infos, async (info) => ({
    info,
    consumers: info.state.consumer_count === 0 ? [] : await consumersOf(jsm, info.config.name),
  }));
  return surveyed.sort((a, b) => compareNames(a.info.config.name, b.info.config.name));
}

/** The stream whose partitioned worker reads this one, and that worker; undefined for any other stream. */
export function queueOf({
  config,
}: Pick<StreamInfo, 'config'>): { readonly stream: string; readonly worker: string } | undefined {
  const { 'jetlane-stream': stream, 'jetlane-worker': worker } = config.metadata ?? {};
  return stream === undefined || worker === undefined ? undefined : { stream, worker };
}

/** Runs `work` for each item, a few at a time. */
export async function inTurns<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const take = async () => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, take));
  return results;
}

/** Orders names as the server does, whatever the language of this machine. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function consumersOf(jsm: Connection['jsm'], stream: string): Promise<ConsumerInfo[]> {
  const consumers: ConsumerInfo[] = [];
  try {
    for await (const info of jsm.consumers.list(stream)) {
      // Keeps delayed messages of an interest stream; nobody works for it, so it has no lag.
      if (info.config.metadata?.['jetlane-role'] === 'schedule-guard') continue;
      consumers.push(info);
    }
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND)) throw error;
  }
  return consumers.sort((a, b) => compareNames(a.name, b.name));
}
