import { randomUUID } from 'node:crypto';
import { type EncodedMessage, isJetlaneError, JetlaneError } from '@jetlane/contracts';
import type { Bucket, BucketEntry, BucketSettings, BucketWrite } from '../bucket.ts';
import { bucketStream, bucketSubject, TRACE_MS } from '../topology/bucket-config.ts';
import type { AtomicBatches } from './atomic-batch.ts';
import { OPERATION, toEntry } from './bucket-entry.ts';
import { watchBucket } from './bucket-watch.ts';
import type { Connection } from './connection.ts';
import { GroupCommit } from './group-commit.ts';
import { resent, wasResent } from './publish-errors.ts';
import type { Publisher } from './publisher.ts';
import { type LastMessage, readLast } from './read-last.ts';
import type { ReadWindow } from './read-window.ts';

/** What a bucket needs of its bus. */
export interface BucketSurroundings {
  readonly connection: Connection;
  readonly publisher: Publisher;
  readonly batches: AtomicBatches;
  readonly reads: ReadWindow;
  readonly timeoutMs: number;
}

/** A bucket in a stream of a nats-server. */
export class NatsBucket implements Bucket {
  readonly #name: string;
  readonly #history: number;
  readonly #replicas: number;
  readonly #around: BucketSurroundings;
  readonly #groups: GroupCommit;

  constructor(settings: BucketSettings, replicas: number, around: BucketSurroundings) {
    this.#name = settings.name;
    this.#history = settings.history;
    this.#replicas = replicas;
    this.#around = around;
    this.#groups = new GroupCommit((messages) => around.batches.send(messages));
  }

  async read(key: string): Promise<BucketEntry | undefined> {
    const last = await this.#last(bucketSubject(this.#name, key));
    return last && toEntry(key, last);
  }

  async write(writes: readonly BucketWrite[]): Promise<number> {
    const messages = writes.map((write) => this.#toMessage(write));
    const last = messages.at(-1) as EncodedMessage;
    try {
      if (messages.length > 1) return await this.#writeAll(messages);
      return (await this.#around.publisher.store(last)).seq;
    } catch (error) {
      // The first answer counts. One to a retry may mean the write itself, whose ack was lost.
      if (!isJetlaneError(error, 'CONFLICT') || !wasResent(error)) throw error;
      const revision = await this.#revisionOf(last, messages.length === 1);
      if (revision === undefined) throw error;
      return revision;
    }
  }

  watch(pattern: string): AsyncIterableIterator<BucketEntry> {
    return watchBucket(this.#around.connection, {
      bucket: this.#name,
      stream: bucketStream(this.#name),
      subject: bucketSubject(this.#name, pattern),
    });
  }

  #last(subject: string): Promise<LastMessage | undefined> {
    const { connection, reads, timeoutMs } = this.#around;
    const options = { stream: bucketStream(this.#name), replicas: this.#replicas, timeoutMs };
    return reads.take(() => readLast(connection, { ...options, subject }));
  }

  async #writeAll(messages: readonly EncodedMessage[]): Promise<number> {
    const { timeoutMs } = this.#around;
    const endMs = performance.now() + timeoutMs;
    for (let tries = 0; ; tries++) {
      const answer = await this.#groups.commit(messages);
      if (answer.kind === 'stored') return answer.ack.seq;
      if (answer.kind === 'refused') throw tries === 0 ? answer.error : resent(answer.error);
      if (this.#around.connection.nc.isClosed()) throw closed(this.#name);
      if (performance.now() >= endMs) throw timedOut(this.#name, timeoutMs, answer.error);
      await pause(tries);
    }
  }

  /** Where this message was stored, if it was: it is still the last of its subject, or its id is still known. */
  async #revisionOf(message: EncodedMessage, single: boolean): Promise<number | undefined> {
    const last = await this.#last(message.subject);
    if (last?.header(ID) === message.id) return last.seq;
    return single && last !== undefined ? this.#positionOf(message) : undefined;
  }

  /**
   * Where this message was stored, though another one has overwritten it since: one server looks up ids only behind
   * revisions. Several look them up first and need no asking; and asked like this their stream would lose its leader.
   */
  async #positionOf(message: EncodedMessage): Promise<number | undefined> {
    const { connection } = this.#around;
    const { config } = await connection.jsm.streams.info(bucketStream(this.#name));
    return config.num_replicas === 1 ? knownAs(connection, message) : undefined;
  }

  #toMessage(write: BucketWrite): EncodedMessage {
    const { key, payload, deletes, revision, ttlMs } = write;
    const id = randomUUID();
    const headers: Record<string, string> = { ...write.headers, [ID]: id };
    if (revision !== undefined) headers['Nats-Expected-Last-Subject-Sequence'] = String(revision);
    if (ttlMs !== undefined) headers['Nats-TTL'] = `${Math.ceil(ttlMs / 1_000)}s`;
    if (deletes) {
      headers[OPERATION] = 'PURGE';
      headers['Nats-TTL'] = `${TRACE_MS / 1_000}s`;
    }
    // What expires takes older revisions along, or they would come back.
    if (this.#history > 1 && (deletes || ttlMs !== undefined)) headers['Nats-Rollup'] = 'sub';
    return { id, subject: bucketSubject(this.#name, key), headers, payload };
  }
}

const ID = 'Nats-Msg-Id';
const PAUSE_MAX_MS = 200;

/** The stream looks up ids before it compares the last one, which can never be this: nothing is stored by asking. */
async function knownAs({ js }: Connection, { id, subject }: EncodedMessage) {
  const expect = { lastMsgID: `not ${id}` };
  try {
    const { duplicate, seq } = await js.publish(subject, undefined, {
      msgID: id,
      expect,
      retries: 3,
    });
    return duplicate ? seq : undefined;
  } catch {
    return undefined;
  }
}

/** Full jitter, so that writers that block one another part. */
function pause(tries: number): Promise<void> {
  const ceilingMs = Math.min(PAUSE_MAX_MS, 5 * 2 ** Math.min(tries, 10));
  return new Promise((resolve) => setTimeout(resolve, 1 + ceilingMs * Math.random()));
}

function closed(bucket: string): JetlaneError {
  return new JetlaneError(
    'CLOSED',
    `a write to bucket ${bucket} was not confirmed when the client closed: it may be stored or not; read it to know`,
  );
}

function timedOut(bucket: string, limitMs: number, last: JetlaneError): JetlaneError {
  return new JetlaneError(
    'PUBLISH_TIMEOUT',
    `bucket ${bucket}: no ack within ${limitMs} ms (${last.message}); it may be stored or not; read it to know`,
    { cause: last },
  );
}
