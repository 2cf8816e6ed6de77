import { JetlaneError } from '@jetlane/contracts';
import { type Msg, RequestError } from '@nats-io/nats-core';
import { API_CODE, ask } from '../topology/jetstream-api.ts';
import type { Connection } from './connection.ts';

/** The last message of a subject. */
export interface LastMessage {
  readonly seq: number;
  readonly payload: Uint8Array;
  header(name: string): string | undefined;
}

/** Where to read, and how long to try. */
export interface ReadLastOptions {
  readonly stream: string;
  readonly subject: string;
  /** With several, a follower may be behind, and only the leader is asked. */
  readonly replicas: number;
  readonly timeoutMs: number;
}

const TRY_FIRST_MS = 1_000;
const TRY_MAX_MS = 4_000;
const PAUSE_MS = 50;
const NOT_FOUND = 404;

/**
 * The last message of a subject, as of now: what this client has stored before is seen. Asks again until the deadline while
 * nobody answers.
 *
 * @throws JetlaneError `CONNECTION_LOST`, `STREAM_GONE`, `CLOSED`
 */
export async function readLast(
  connection: Connection,
  options: ReadLastOptions,
): Promise<LastMessage | undefined> {
  const { stream, subject, replicas, timeoutMs } = options;
  const endMs = performance.now() + timeoutMs;
  for (let tries = 0; ; tries++) {
    const tryMs = Math.min(TRY_MAX_MS, TRY_FIRST_MS * 2 ** tries);
    if (connection.nc.isClosed()) throw closed(subject);
    try {
      if (connection.connected)
        return replicas > 1
          ? await fromLeader(connection, stream, subject, tryMs)
          : await direct(connection, stream, subject, tryMs);
    } catch (error) {
      if (error instanceof JetlaneError) throw error;
      if (performance.now() >= endMs) throw lost(subject, timeoutMs, error);
      if (isUnserved(error)) await assertThere(connection, stream);
    }
    if (performance.now() >= endMs) throw lost(subject, timeoutMs, undefined);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function direct(
  { nc, apiPrefix }: Connection,
  stream: string,
  subject: string,
  timeout: number,
): Promise<LastMessage | undefined> {
  const reply = await nc.request(`${apiPrefix}.DIRECT.GET.${stream}.${subject}`, undefined, {
    timeout,
  });
  const code = reply.headers?.code ?? 0;
  if (code === NOT_FOUND) return undefined;
  if (code !== 0) throw new Error(`${code} ${reply.headers?.description}`);
  return {
    seq: Number(reply.headers?.get('Nats-Sequence')),
    payload: reply.data,
    header: (name) => headerOf(reply, name),
  };
}

interface MessageReply {
  readonly error?: { readonly err_code?: number; readonly description: string };
  readonly message?: { readonly seq: number; readonly hdrs?: string; readonly data?: string };
}

async function fromLeader(
  { nc, apiPrefix }: Connection,
  stream: string,
  subject: string,
  timeout: number,
): Promise<LastMessage | undefined> {
  const reply = await nc.request(
    `${apiPrefix}.STREAM.MSG.GET.${stream}`,
    JSON.stringify({ last_by_subj: subject }),
    { timeout },
  );
  const { error, message } = reply.json<MessageReply>();
  if (error?.err_code === API_CODE.notFoundInStream) return undefined;
  if (error?.err_code === API_CODE.streamNotFound) throw gone(stream);
  if (message === undefined) throw new Error(error?.description ?? 'an answer without a message');
  const headers = toHeaders(message.hdrs);
  return {
    seq: message.seq,
    payload: Buffer.from(message.data ?? '', 'base64'),
    header: (name) => headers.get(name),
  };
}

function headerOf(reply: Msg, name: string): string | undefined {
  const value = reply.headers?.get(name);
  return value === '' || value === undefined ? undefined : value;
}

function toHeaders(block: string | undefined): Map<string, string> {
  const [, ...lines] = Buffer.from(block ?? '', 'base64')
    .toString()
    .split('\r\n');
  const pairs = lines.flatMap((line): (readonly [string, string])[] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1).trim()]] : [];
  });
  return new Map(pairs);
}

function isUnserved(error: unknown): boolean {
  return error instanceof RequestError && error.isNoResponders();
}

/** Nobody serves reads of a stream that was deleted, or that has no leader at the moment. */
async function assertThere(connection: Connection, stream: string): Promise<void> {
  const answer = await ask(connection, `STREAM.INFO.${stream}`).catch(() => undefined);
  if (answer !== undefined && !answer.ok && answer.code === API_CODE.streamNotFound)
    throw gone(stream);
}

function gone(stream: string): JetlaneError {
  return new JetlaneError(
    'STREAM_GONE',
    `stream ${stream} was deleted while in use; open its bucket again to make it anew, empty`,
  );
}

function closed(subject: string): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `${subject} was not read: the client is closed; connect() makes a new one`,
  );
}

function lost(subject: string, timeoutMs: number, cause: unknown): JetlaneError {
  const why = cause instanceof Error ? cause.message : 'no connection';
  return new JetlaneError(
    'CONNECTION_LOST',
    `${subject} could not be read within ${timeoutMs} ms: ${why}`,
    { cause },
  );
}
