/** Publishes JSON to a subject, without any definition. */
import type { Connection } from '@jetlane/core';
import { type MsgHdrs, headers as makeHeaders } from '@nats-io/nats-core';
import type { ConnectionFlags } from '../connection/connection-flags.ts';
import { Failure, messageOf, usageFailure } from '../failure.ts';
import { openConnection, type Shell } from '../shell.ts';
import { oneLine, shorten } from '../terminal/printable.ts';
import type { Publication, Stored } from './publish.ts';

const TIMEOUT_MS = 10_000;
const IN_FLIGHT_MAX = 256;

/** Stores the messages in order, 256 in flight at most; throws a `Failure` at the first that is refused. */
export async function* publishRaw(
  { target, data, ids, headers }: Publication,
  flags: ConnectionFlags,
  shell: Shell,
): AsyncGenerator<Stored> {
  checkSubject(target);
  const payload = data === undefined ? '' : JSON.stringify(data);
  const bytes = new TextEncoder().encode(payload);
  const prepared = prepareHeaders(headers, data !== undefined);
  const waiting: Promise<Stored>[] = [];
  const connection = await openConnection(shell, flags);
  try {
    checkSize(bytes.length, connection);
    for (const id of ids) {
      if (waiting.length >= IN_FLIGHT_MAX) yield await (waiting.shift() as Promise<Stored>);
      const next = store(connection, target, bytes, prepared, id);
      next.catch(() => {});
      waiting.push(next);
    }
    for (const each of waiting) yield await each;
  } finally {
    await connection.nc.close();
  }
}

async function store(
  { js }: Connection,
  subject: string,
  bytes: Uint8Array,
  headers: MsgHdrs,
  id: string,
): Promise<Stored> {
  try {
    const ack = await js.publish(subject, bytes, {
      msgID: id,
      headers: copy(headers),
      timeout: TIMEOUT_MS,
    });
    return { id, stream: ack.stream, seq: ack.seq, duplicate: ack.duplicate };
  } catch (cause) {
    throw new Failure(refusal(subject, cause), 1, { cause });
  }
}

function checkSubject(subject: string): void {
  const shown = `'${oneLine(shorten(subject, 80))}'`;
  if (/[*>]/.test(subject)) throw usageFailure(`${shown} has wildcards: publish to one subject`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  if (/[\s\u0000-\u001f\u007f]/.test(subject) || subject.split('.').includes(''))
    throw usageFailure(`${shown} is no subject: tokens joined by dots, none empty, no white space`);
}

function checkSize(bytes: number, { nc }: Connection): void {
  const max = nc.info?.max_payload ?? Number.POSITIVE_INFINITY;
  if (bytes > max)
    throw new Failure(
      `the message has ${bytes} bytes, and the server takes ${max} at most (max_payload)`,
    );
}

function prepareHeaders(given: Readonly<Record<string, string>>, hasData: boolean): MsgHdrs {
  const prepared = makeHeaders();
  if (hasData) prepared.set('Content-Type', 'application/json');
  for (const [name, value] of Object.entries(given)) {
    try {
      prepared.set(name, value);
    } catch (cause) {
      throw usageFailure(`--header ${oneLine(name)}: ${oneLine(messageOf(cause))}`);
    }
  }
  return prepared;
}

/** The client adds the id to the headers that it is given. */
function copy(headers: MsgHdrs): MsgHdrs {
  const copied = makeHeaders();
  for (const [name, values] of headers) for (const value of values) copied.append(name, value);
  return copied;
}

function refusal(subject: string, cause: unknown): string {
  const words = messageOf(cause);
  // The connection found JetStream at work, so nobody listening means that no stream does.
  if (
    /no ?responders|no stream matches|jetstream is not enabled|503/i.test(
      `${(cause as Error)?.name} ${words}`,
    )
  )
    return `no stream stores ${oneLine(subject)}: declare one and run 'jetlane streams apply', or publish a message type with --app`;
  if (/timeout/i.test(words))
    return `no ack for ${oneLine(subject)} within ${TIMEOUT_MS / 1000} s; publishing again with the same --id is safe`;
  if (/permission/i.test(words))
    return `these credentials may not publish to ${oneLine(subject)}: allow it in their permissions on the server, or use others`;
  return `the stream refused ${oneLine(subject)}: ${oneLine(words)}`;
}
