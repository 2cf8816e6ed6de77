/**
 * Looks into a stream for messages: by direct reads where the stream allows them, one by one through the API where it does
 * not. Leaves no consumer behind, and takes nothing from workers.
 */
import { Failure } from '../failure.ts';
import { type Nats, Refused, type Stored } from '../nats.ts';
import { type StoredMessage, toStored } from './stored-message.ts';

/** A stream, as far as reading needs to know it. */
export interface Readable {
  readonly name: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Whether it allows direct reads. */
  readonly direct: boolean;
}

/** Where to look: at a sequence, or at a time. */
export type Place = { readonly seq: number } | { readonly start_time: string };

/** A message that was found, and how many more match behind it; unknown without direct reads. */
export interface Found {
  readonly message: StoredMessage;
  readonly pending: number;
}

/** Reads the state of a stream. */
export async function readable(nats: Nats, stream: string): Promise<Readable> {
  const { config, state } = await nats.ask<{
    readonly config: { readonly allow_direct?: boolean };
    readonly state: { readonly first_seq: number; readonly last_seq: number };
  }>(`STREAM.INFO.${stream}`);
  return {
    name: stream,
    firstSeq: state.first_seq,
    lastSeq: state.last_seq,
    direct: config.allow_direct === true,
  };
}

/** The message at exactly one position; undefined when it is not there. */
export async function messageAt(
  nats: Nats,
  stream: Readable,
  seq: number,
): Promise<StoredMessage | undefined> {
  const found = await look(nats, stream, { seq });
  return found?.message;
}

/** The first message that matches at or behind a place. */
export function firstMatch(
  nats: Nats,
  stream: Readable,
  place: Place,
  subject: string,
): Promise<Found | undefined> {
  return look(nats, stream, { ...place, next_by_subj: subject });
}

/** Up to `count` messages that match at or behind a sequence, in order. Direct reads only. */
export async function batchFrom(
  nats: Nats,
  { name }: Readable,
  query: { readonly seq: number; readonly subject: string; readonly count: number },
): Promise<StoredMessage[]> {
  const { seq, subject, count } = query;
  const found: StoredMessage[] = [];
  const options = { seq, next_by_subj: subject, batch: count, max_bytes: BATCH_BYTES_MAX };
  await nats.run(`reading ${name}`, async () => {
    const messages = await nats.connection.jsm.direct.getBatch(name, options);
    try {
      for await (const message of messages) found.push(toStored(name, message, true));
    } catch (error) {
      if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
    }
  });
  return found;
}

/** A batch ends when it has so much, and goes on with the next one. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const NOT_FOUND = 404;
const NOT_FOUND_API = 10_037;

type Query = Place & { readonly next_by_subj?: string };

async function look(nats: Nats, stream: Readable, query: Query): Promise<Found | undefined> {
  return stream.direct ? lookDirectly(nats, stream, query) : lookSingly(nats, stream, query);
}

/** As a batch of one, since only batches tell how many follow. */
async function lookDirectly(
  nats: Nats,
  { name }: Readable,
  query: Query,
): Promise<Found | undefined> {
  const { connection } = nats;
  const counted = query.next_by_subj === undefined ? query : { ...query, batch: 1 };
  const reply = await nats.run(`reading ${name}`, () =>
    connection.nc.request(`${connection.apiPrefix}.DIRECT.GET.${name}`, JSON.stringify(counted), {
      timeout: LOOK_TIMEOUT_MS,
    }),
  );
  const { headers, data } = reply;
  if (headers === undefined || headers.code === NOT_FOUND) return undefined;
  if (headers.code !== 0)
    throw new Failure(409, 'REFUSED', `The nats-server answered: ${headers.description}.`);
  const last = (header: string) => headers.last(header);
  const stored = {
    seq: Number(last('Nats-Sequence')),
    subject: last('Nats-Subject'),
    time: new Date(last('Nats-Time-Stamp')),
    header: headers,
    data,
  } satisfies Pick<Stored, 'seq' | 'subject' | 'time' | 'header' | 'data'>;
  return {
    message: toStored(name, stored, true),
    pending: Number(last('Nats-Num-Pending') || 0),
  };
}

async function lookSingly(
  nats: Nats,
  { name }: Readable,
  query: Query,
): Promise<Found | undefined> {
  try {
    const { message } = await nats.ask<{ readonly message: ApiMessage }>(
      `STREAM.MSG.GET.${name}`,
      query,
    );
    return { message: fromApi(name, message), pending: 0 };
  } catch (error) {
    if (error instanceof Refused && error.apiCode === NOT_FOUND_API) return undefined;
    throw error;
  }
}

const LOOK_TIMEOUT_MS = 3_000;

interface ApiMessage {
  readonly subject: string;
  readonly seq: number;
  /** Base64. */
  readonly data?: string;
  /** Base64 of the header block. */
  readonly hdrs?: string;
  readonly time: string;
}

function fromApi(
  stream: string,
  { subject, seq, data = '', hdrs = '', time }: ApiMessage,
): StoredMessage {
  return {
    stream,
    seq,
    subject,
    timeMs: Date.parse(time),
    headers: toHeaders(Buffer.from(hdrs, 'base64').toString()),
    payload: new Uint8Array(Buffer.from(data, 'base64')),
  };
}

/** `NATS/1.0`, then one header a line. */
function toHeaders(block: string): [string, string][] {
  return block
    .split('\r\n')
    .slice(1)
    .flatMap((line): [string, string][] => {
      const at = line.indexOf(':');
      return at <= 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
    });
}
