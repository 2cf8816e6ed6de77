/** Reads a stream without acknowledging anything and without getting in the way of its workers. */
import type { Connection } from '@jetlane/core';
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  type MsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/nats-core';
import { Failure, messageOf } from '../failure.ts';
import { lastMatching, type Start } from './start-position.ts';
import type { StoredRecord } from './stored-record.ts';

/** What to read. */
export interface ReadOptions {
  readonly stream: string;
  readonly filter: string;
  readonly start: Start;
  /** Goes on with what comes; otherwise ends at what was last when it began. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** Names of the streams that may hold subjects of a filter. Throws a `Failure` when there is none. */
export async function streamsFor({ jsm }: Connection, filter: string): Promise<string[]> {
  const found: string[] = [];
  for await (const name of jsm.streams.names(filter)) found.push(name);
  if (found.length === 0)
    throw new Failure(`no stream stores '${filter}': see 'jetlane streams ls' for what there is`);
  return found.sort();
}

/**
 * The messages of one stream, in its order. A stream that keeps by limits is read by an ordered consumer, which survives
 * reconnects without a gap. On others a consumer would take messages from the workers, so they are looked up one by one:
 * what a worker acknowledges between two looks is not seen.
 */
export async function* readStream(
  connection: Connection,
  options: ReadOptions,
): AsyncGenerator<StoredRecord> {
  try {
    const { config, state } = await connection.jsm.streams.info(options.stream);
    if (config.retention === 'limits') yield* readOrdered(connection, options);
    else yield* readSingly(connection, options, state.first_seq, state.last_seq);
  } catch (cause) {
    if (options.signal.aborted) return;
    throw new Failure(
      `reading ${options.stream} failed: ${messageOf(cause)}; 'jetlane streams ls' shows what is there`,
      1,
      { cause },
    );
  }
}

async function* readOrdered(
  connection: Connection,
  { stream, filter, start, follow, signal }: ReadOptions,
): AsyncGenerator<StoredRecord> {
  const consumer = await connection.js.consumers.get(stream, {
    filter_subjects: filter,
    ...(await deliverFrom(connection, stream, filter, start)),
  });
  try {
    let left = follow ? Number.POSITIVE_INFINITY : (await consumer.info(true)).num_pending;
    if (left === 0) return;
    for await (const message of consumed(consumer, signal)) {
      yield fromDelivery(stream, message);
      // What was counted may have expired since: then the last one says that none is behind it.
      if (--left <= 0 || (!follow && message.info.pending === 0)) return;
    }
  } finally {
    // The server would drop it by itself, minutes later.
    await consumer.delete().catch(() => {});
  }
}

async function* consumed(consumer: Consumer, signal: AbortSignal): AsyncGenerator<JsMsg> {
  const messages = await consumer.consume({ abort_on_missing_resource: true });
  const stop = () => void end(messages);
  signal.addEventListener('abort', stop);
  try {
    if (!signal.aborted) yield* messages;
  } finally {
    signal.removeEventListener('abort', stop);
    await end(messages);
  }
}

async function end(messages: ConsumerMessages): Promise<void> {
  await messages.close().catch(() => {});
}

async function deliverFrom(connection: Connection, stream: string, filter: string, start: Start) {
  switch (start.at) {
    case 'new':
      return { deliver_policy: DeliverPolicy.New };
    case 'seq':
      return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.seq };
    case 'time': {
      const opt_start_time = new Date(start.timeMs).toISOString();
      return { deliver_policy: DeliverPolicy.StartTime, opt_start_time };
    }
    case 'last': {
      const seq = await lastMatching(connection, stream, filter, start.count);
      return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, seq) };
    }
  }
}

const POLL_MS = 200;
/** How far back `--last` looks on a stream that it may not put a consumer on. */
const BACK_MAX = 10_000;

async function* readSingly(
  connection: Connection,
  { stream, filter, start, follow, signal }: ReadOptions,
  first: number,
  last: number,
): AsyncGenerator<StoredRecord> {
  let seq = await firstSingle(connection, { stream, filter, start }, first, last);
  while (!signal.aborted) {
    const found = await nextMatch(connection, stream, filter, seq);
    if (found === null) {
      if (!follow) return;
      await pause(signal);
      continue;
    }
    if (!follow && found.seq > last) return;
    seq = found.seq + 1;
    if (start.at === 'time' && found.time.getTime() < start.timeMs) continue;
    yield fromStored(stream, found);
  }
}

async function firstSingle(
  connection: Connection,
  { stream, filter, start }: Pick<ReadOptions, 'stream' | 'filter' | 'start'>,
  first: number,
  last: number,
): Promise<number> {
  if (start.at === 'new') return last + 1;
  if (start.at === 'seq') return Math.max(1, start.seq);
  if (start.at === 'time') return Math.max(1, first);
  // Backwards, from the last: the next match at or after a sequence tells whether that one matches.
  let left = start.count;
  let seq = last;
  for (; seq > Math.max(first, last - BACK_MAX); seq--) {
    const found = await nextMatch(connection, stream, filter, seq);
    if (found?.seq === seq && --left === 0) return seq;
  }
  return Math.max(1, seq);
}

/** The first message at or after `seq` that matches; null when there is none. */
function nextMatch(
  { jsm }: Connection,
  stream: string,
  filter: string,
  seq: number,
): Promise<StoredMsg | null> {
  // The server takes both fields together; the client's type knows them one at a time.
  const query = { seq, next_by_subj: filter } as unknown as MsgRequest;
  return jsm.streams.getMessage(stream, query);
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, POLL_MS);
    signal.addEventListener('abort', finish);
  });
}

function fromDelivery(stream: string, message: JsMsg): StoredRecord {
  const { subject, seq, time, data, headers } = message;
  return { stream, seq, time, subject, headers: plain(headers), payload: data };
}

function fromStored(stream: string, { subject, seq, time, data, header }: StoredMsg): StoredRecord {
  return { stream, seq, time, subject, headers: plain(header), payload: data };
}

/** Of repeated headers the last value. */
function plain(headers: MsgHdrs | undefined): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, all] of headers ?? []) values[name] = all.at(-1) ?? '';
  return values;
}
