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
/** A busy subject is read again from later on, so often at most, until its newest fit. */
const TRIES_MAX = 4;

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

/** The server reads forward from a time; so where more is stored than wanted, begin later. */
async function readLast(connection: Connection, query: Query): Promise<TrailEntry[]> {
  let backMs = query.backMs;
  for (let tries = 1; ; tries++) {
    const { entries, left } = await readSince(connection, query, Date.now() - backMs);
    if (left === 0 || tries === TRIES_MAX) return entries.slice(-ENTRIES_MAX);
    backMs *= (ENTRIES_MAX / (entries.length + left)) * 0.9;
  }
}

async function readSince(
  { nc, apiPrefix }: Connection,
  { stream, subject }: Query,
  sinceMs: number,
): Promise<{ entries: TrailEntry[]; left: number }> {
  const request = {
    next_by_subj: subject,
    start_time: new Date(sinceMs).toISOString(),
    batch: ENTRIES_MAX,
    max_bytes: BYTES_MAX,
  };
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
  throw new Error(`the stream ${stream} did not answer within ${DEADLINE_MS / 1000} s`);
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
    storedAtMs: Date.parse(header('Nats-Time-Stamp')),
    data: codec.decode(data),
  });
}
