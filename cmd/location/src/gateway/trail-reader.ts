/** Reads the messages of a driver or a ride from the streams, by subject, without a consumer and without acknowledging any. */

import { type Connection, json, msgpack } from '@jetlane/core';
import { Locations, Market, Rides } from '@jetlane/streams/location';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { TrailEntry, TrailOf } from '#wire';
import { trailEntry } from './trail-entry.ts';
import type { TrailReader } from './trails.ts';

/** Of each subject at most so many are read, the newest. */
export const ENTRIES_MAX = 40;
/** And none that are older: positions are many, and old ones say nothing. */
const BACK_MS = 180_000;
const RIDE_BACK_MS = 1_800_000;
const BYTES_MAX = 256 * 1024;
const DEADLINE_MS = 4000;
/** When the newest of a busy subject are looked for. */
const BATCH_MAX = 250;
const BATCHES_MAX = 4;

interface Query {
  readonly stream: string;
  readonly subject: string;
  readonly backMs: number;
}

/** Makes the reader. It rejects with an error that says in words what is wrong, within a few seconds. */
export function trailReader(connection: Connection): TrailReader {
  return async (wanted) => {
    if (!connection.connected) throw new Error('nats-server is away: ask again when it is back');
    const parts = await Promise.all(queriesFor(wanted).map((query) => readLast(connection, query)));
    return parts
      .flat()
      .sort((a, b) => a.storedAtMs - b.storedAtMs || a.seq - b.seq)
      .slice(-ENTRIES_MAX);
  };
}

function queriesFor({ of, id }: TrailOf): Query[] {
  if (of === 'driver') {
    return [
      { stream: Locations.name, subject: `location.updated.*.${id}`, backMs: BACK_MS },
      { stream: Market.name, subject: `market.flagged.${id}`, backMs: RIDE_BACK_MS },
    ];
  }
  return [
    { stream: Rides.name, subject: `rides.*.${id}`, backMs: RIDE_BACK_MS },
    { stream: Rides.name, subject: `rides.requested.*.${id}`, backMs: RIDE_BACK_MS },
    { stream: Market.name, subject: `market.eta.${id}`, backMs: RIDE_BACK_MS },
  ];
}

/**
 * The server reads forward, and the newest are wanted. So where more is stored than fits it begins later, as if the messages were
 * spread evenly; where they are not, it goes on from there, for some batches.
 */
async function readLast(connection: Connection, query: Query): Promise<TrailEntry[]> {
  const from = (backMs: number) => ({ start_time: new Date(Date.now() - backMs).toISOString() });
  let read = await readBatch(connection, query, from(query.backMs), ENTRIES_MAX);
  if (read.left > 0) {
    const share = (ENTRIES_MAX / (read.entries.length + read.left)) * 0.9;
    read = await readBatch(connection, query, from(query.backMs * share), ENTRIES_MAX);
  }
  let { entries } = read;
  for (let batch = 0; read.left > 0 && batch < BATCHES_MAX; batch++) {
    const seq = (read.entries.at(-1)?.seq ?? 0) + 1;
    read = await readBatch(connection, query, { seq }, BATCH_MAX);
    entries = [...entries, ...read.entries];
  }
  return entries.slice(-ENTRIES_MAX);
}

interface Batch {
  readonly entries: TrailEntry[];
  /** Messages of the subject behind them. */
  readonly left: number;
}

async function readBatch(
  { nc, apiPrefix }: Connection,
  { stream, subject }: Query,
  from: { readonly start_time: string } | { readonly seq: number },
  batch: number,
): Promise<Batch> {
  const request = { next_by_subj: subject, ...from, batch, max_bytes: BYTES_MAX };
  const replies = await nc.requestMany(
    `${apiPrefix}.DIRECT.GET.${stream}`,
    JSON.stringify(request),
    { strategy: 'sentinel', maxWait: DEADLINE_MS },
  );
  const entries: TrailEntry[] = [];
  let left = 0;
  for await (const { data, headers } of replies) {
    if (data.length === 0) return ended(headers?.code, { entries, left });
    entries.push(toEntry(stream, data, headers));
    left = Number(headers?.get('Nats-Num-Pending') ?? 0);
  }
  throw new Error(`the stream ${stream} did not answer within ${DEADLINE_MS / 1000} s: ask again`);
}

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

function ended<T>(code: number | undefined, found: T): T {
  if (code === END_OF_BATCH || code === NOT_FOUND) return found;
  throw new Error(`the stream could not be read: nats-server answered ${code}`);
}

function toEntry(stream: string, data: Uint8Array, headers: MsgHdrs | undefined): TrailEntry {
  const header = (name: string) => headers?.last(name) ?? '';
  const codec = header('ce-datacontenttype') === json.contentType ? json : msgpack;
  return trailEntry({
    stream,
    seq: Number(header('Nats-Sequence')),
    subject: header('Nats-Subject'),
    type: header('ce-type') || 'unknown',
    storedAtMs: toMs(header('Nats-Time-Stamp')),
    data: codec.decode(data),
  });
}

/** With what is less than a millisecond: in between two streams may have stored one after the other. */
function toMs(timestamp: string): number {
  const [, beyondMs = '0'] = /\.\d{3}(\d+)/.exec(timestamp) ?? [];
  return Date.parse(timestamp) + Number(`0.${beyondMs}`);
}
