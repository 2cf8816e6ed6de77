import type { KnownApps } from '../apps/known-apps.ts';
import type { Nats } from '../nats.ts';
import type { AccountView, ServerView, Snapshot, StreamRow, Totals, Usage } from '../wire.ts';
import { compareConsumers, viewConsumer } from './consumer-row.ts';
import { type Rates, sumRates } from './rates.ts';
import type { AccountInfo, Reading } from './reading.ts';
import { placeOf } from './stream-place.ts';
import { viewStream } from './stream-row.ts';

/** The part of a snapshot that a reading gives. */
export type SnapshotView = Pick<
  Snapshot,
  'account' | 'totals' | 'streams' | 'streamsTotal' | 'deadLetters' | 'gaps'
>;

/** A reading as the page shows it. */
export function viewReading(reading: Reading, apps: KnownApps, rates: Rates): SnapshotView {
  const { account, letters, gaps } = reading;
  const streams = reading.streams.items.map((info) => {
    const place = placeOf(info.config);
    const consumers = (reading.consumers.get(place.name) ?? [])
      .map((consumer) => viewConsumer(consumer, place, apps, rates))
      .sort(compareConsumers);
    return viewStream(info, place, { apps, consumers, rates });
  });
  const deadLetters = letters.reduce((sum, { count }) => sum + count, 0);
  return {
    account: account === undefined ? null : viewAccount(account),
    totals: totalsOf(streams, deadLetters),
    streams,
    streamsTotal: reading.streams.total,
    deadLetters: letters,
    gaps,
  };
}

/** The server at the other end; null before the first connection said who it is. */
export function viewServer({ connection }: Nats, rttMs: number | null): ServerView | null {
  const { nc, apiPrefix } = connection;
  const { info } = nc;
  if (info === undefined) return null;
  return {
    name: info.server_name,
    version: info.version,
    address: nc.getServer(),
    cluster: info.cluster ?? null,
    domain: domainOf(apiPrefix),
    maxPayloadBytes: info.max_payload,
    rttMs,
  };
}

/** The domain in the prefix of the API. */
export function domainOf(apiPrefix: string): string | null {
  return /^\$JS\.(.+)\.API$/.exec(apiPrefix)?.[1] ?? null;
}

function viewAccount({
  memory,
  storage,
  streams,
  consumers,
  limits,
  api,
}: AccountInfo): AccountView {
  return {
    streams: usage(streams, limits.max_streams),
    consumers: usage(consumers, limits.max_consumers),
    memoryBytes: usage(memory, limits.max_memory),
    storageBytes: usage(storage, limits.max_storage),
    apiTotal: api.total,
    apiErrors: api.errors,
  };
}

function usage(used: number, limit: number): Usage {
  return { used, limit: limit >= 0 ? limit : null };
}

function totalsOf(streams: readonly StreamRow[], deadLetters: number): Totals {
  // What feeds partitions was counted in its stream.
  const counted = streams.filter(({ kind }) => kind !== 'partition-queue');
  const consumers = streams.flatMap((stream) => stream.consumers);
  const working = consumers.filter(({ kind }) => kind !== 'guard');
  return {
    messages: sum(counted.map(({ messages }) => messages)),
    bytes: sum(streams.map(({ bytes }) => bytes)),
    storedPerSec: sumRates(counted.map(({ storedPerSec }) => storedPerSec)),
    deliveredPerSec: sumRates(working.map(({ deliveredPerSec }) => deliveredPerSec)),
    lag: sum(working.filter(({ durable }) => durable).map(({ lag }) => lag)),
    ackPending: sum(working.map(({ ackPending }) => ackPending)),
    redelivered: sum(working.map(({ redelivered }) => redelivered)),
    deadLetters,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
