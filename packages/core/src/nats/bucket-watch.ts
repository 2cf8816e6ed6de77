import { JetlaneError } from '@jetlane/contracts';
import { type ConsumerMessages, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { PermissionViolationError } from '@nats-io/nats-core';
import type { BucketEntry } from '../bucket.ts';
import { bucketKey } from '../topology/bucket-config.ts';
import { toEntry } from './bucket-entry.ts';
import { apiErrorCode, type Connection } from './connection.ts';

/** What to watch. */
export interface WatchedBucket {
  readonly bucket: string;
  readonly stream: string;
  readonly subject: string;
}

/** Which stream is watched: another one of the same name has another time. */
interface Origin {
  created: string | undefined;
}

const STREAM_NOT_FOUND = 10_059;
const PAUSE_MS = 250;
/** Entries fetched ahead of whoever iterates. */
const AHEAD_MAX = 256;
const HEARTBEAT_MS = 2_000;

/**
 * The last entry of each key, then every change, by an ordered consumer: it is made anew, right behind what was seen,
 * whenever the server has forgotten it. Ends when the client closes.
 */
export async function* watchBucket(
  connection: Connection,
  watched: WatchedBucket,
): AsyncGenerator<BucketEntry, void, undefined> {
  const origin: Origin = { created: undefined };
  let revision = 0;
  for (;;) {
    const messages = await begin(connection, watched, origin, revision);
    if (messages === undefined) return;
    try {
      for await (const message of messages) {
        if (message.seq <= revision) continue;
        revision = message.seq;
        yield toEntry(bucketKey(watched.bucket, message.subject), readable(message));
      }
    } catch (error) {
      if (apiErrorCode(error) === STREAM_NOT_FOUND) throw gone(watched, error);
    } finally {
      await messages.close();
    }
  }
}

/** Undefined when the client closed before there was a consumer. */
async function begin(
  { js, jsm, nc }: Connection,
  watched: WatchedBucket,
  origin: Origin,
  revision: number,
): Promise<ConsumerMessages | undefined> {
  const start =
    revision === 0
      ? { deliver_policy: DeliverPolicy.LastPerSubject }
      : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: revision + 1 };
  while (!nc.isClosed() && !nc.isDraining()) {
    try {
      const { created } = await jsm.streams.info(watched.stream);
      origin.created ??= created;
      // Revisions of another bucket of the same name mean nothing.
      if (origin.created !== created) throw gone(watched, undefined);
      const consumer = await js.consumers.get(watched.stream, {
        filter_subjects: [watched.subject],
        ...start,
      });
      return await consumer.consume({
        max_messages: AHEAD_MAX,
        idle_heartbeat: HEARTBEAT_MS,
        abort_on_missing_resource: true,
      });
    } catch (error) {
      if (apiErrorCode(error) === STREAM_NOT_FOUND) throw gone(watched, error);
      if (error instanceof JetlaneError) throw error;
      if (isDenied(error)) throw denied(`the stream of bucket ${watched.bucket}`, error);
      // The broker is away, or the stream has no leader at the moment.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  return undefined;
}

function isDenied(error: unknown): error is Error {
  return [error, (error as Error).cause].some((each) => each instanceof PermissionViolationError);
}

function denied(what: string, cause: Error): JetlaneError {
  return new JetlaneError(
    'PERMISSION_DENIED',
    `these credentials may not read ${what}: allow it in their permissions on the server`,
    { cause },
  );
}

function readable({ seq, data, headers }: JsMsg) {
  return { seq, payload: data, header: (name: string) => headers?.get(name) || undefined };
}

function gone({ bucket }: WatchedBucket, cause: unknown): JetlaneError {
  return new JetlaneError(
    'STREAM_GONE',
    `bucket ${bucket} was deleted while it was watched; open it again to make it anew, empty`,
    { cause },
  );
}
