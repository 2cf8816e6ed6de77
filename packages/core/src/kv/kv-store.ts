import {
  type Codec,
  type Duration,
  decodeValue,
  defaultLimits,
  durationProblem,
  encodeValue,
  isJetlaneError,
  JetlaneError,
  type Schema,
  toMs,
  unknownOptions,
} from '@jetlane/contracts';
import type { Bucket, BucketEntry, BucketWrite } from '../bucket.ts';
import { shown } from '../printed.ts';
import { assertKey, assertPattern } from './key.ts';
import type { Kv } from './kv.ts';

/** A value and its revision. */
export interface KvEntry<Value> {
  readonly key: string;
  /** Undefined for a key that was deleted or has expired, which only `watch` tells. */
  readonly value: Value | undefined;
  /**
   * Position in the bucket: rising, with gaps, over all keys. It is a fencing token: of two writes the later one has the
   * higher revision, whoever made them.
   */
  readonly revision: number;
}

/** How to write one value. */
export interface PutOptions {
  /** The revision that the key must still have; 0: it has no value. Default: whatever it has. */
  readonly revision?: number;
  /** Remove the value after this long, rounded up to whole seconds. At least `'1s'`. Default: the bucket's `maxAge`. */
  readonly ttl?: Duration;
}

/**
 * An open bucket. Keys are subject tokens joined by dots, up to 200 characters; others throw `SUBJECT_INVALID`. What a call
 * of this client has stored, its later reads see.
 */
export interface KvStore<Value> {
  /**
   * The value of a key; undefined when it has none.
   *
   * @throws JetlaneError `DECODE_FAILED`, `VALIDATION_FAILED` for a value that breaks the schema, `CONNECTION_LOST`, `CLOSED`
   */
  get(key: string): Promise<Value | undefined>;
  /** The value of a key and its revision; undefined when it has none. Throws as `get`. */
  entry(key: string): Promise<KvEntry<Value> | undefined>;
  /**
   * Stores a value and returns its revision. Retried under one id until the client's publish deadline: a lost ack is no
   * conflict and stores nothing twice.
   *
   * @throws JetlaneError `CONFLICT` when the key has another revision than the one given, `VALIDATION_FAILED`,
   *   `MESSAGE_TOO_LARGE`, `PUBLISH_TIMEOUT`, `CLOSED`
   */
  put(key: string, value: Value, options?: PutOptions): Promise<number>;
  /** Deletes a key, its older revisions included. Watchers hear of it. Deleting what is not there is fine. */
  delete(key: string): Promise<void>;
  /**
   * Current values, then changes in the order of their revisions, until you `break`, or the client closes. Goes on after a
   * reconnect without skipping a key; of a key that changed several times meanwhile only the last value may come. Traces of
   * deleted and expired keys last an hour (a second where `history` is over 1 and the key expired): who was away longer does
   * not hear of them, so an expired key is no lock by itself; use revisions. Default: all keys; wildcards allowed.
   *
   * @throws JetlaneError `STREAM_GONE` when the bucket is deleted, `DECODE_FAILED`, `VALIDATION_FAILED`
   */
  watch(keys?: string): AsyncIterable<KvEntry<Value>>;
}

/** Opens the bucket behind a store; again on the next call when that failed. */
export type OpenBucket = () => Promise<Bucket>;

/** A store over any bus's bucket. */
export function kvStore<Value>(
  { bucket: name, schema }: Kv<Value>,
  codec: Codec,
  open: OpenBucket,
): KvStore<Value> {
  const reader = valueReader<Value>(name, schema, codec);

  async function entry(key: string): Promise<KvEntry<Value> | undefined> {
    assertKey(key);
    const found = await (await open()).read(key);
    return found === undefined || found.isDeleted ? undefined : reader(found);
  }

  return {
    entry,
    get: async (key) => (await entry(key))?.value,
    async put(key, value, options = {}) {
      assertKey(key);
      const { revision, ttlMs } = checked(name, key, options);
      const payload = await encodeValue(schema, value, `${name}.${key}`, codec);
      const headers = { 'ce-datacontenttype': codec.contentType };
      const bucket = await open();
      return put(bucket, { key, payload, headers, deletes: false, revision, ttlMs });
    },
    async delete(key) {
      assertKey(key);
      const bucket = await open();
      await bucket.write([tombstone(key, undefined)]);
    },
    async *watch(keys = '>') {
      assertPattern(keys);
      for await (const found of (await open()).watch(keys))
        yield found.isDeleted ? { ...positionOf(found), value: undefined } : await reader(found);
    },
  };
}

/** The write that deletes a key. */
export function tombstone(key: string, revision: number | undefined): BucketWrite {
  return { key, payload: NOTHING, headers: {}, deletes: true, revision, ttlMs: undefined };
}

const NOTHING = new Uint8Array();
const TRIES_MAX = 5;

/** The trace of a deleted key counts as no value: who asks for revision 0 may write over it. */
async function put(bucket: Bucket, write: BucketWrite): Promise<number> {
  let next = write;
  for (let tries = 1; ; tries++) {
    try {
      return await bucket.write([next]);
    } catch (error) {
      if (write.revision !== 0 || tries === TRIES_MAX || !isJetlaneError(error, 'CONFLICT'))
        throw error;
      const last = await bucket.read(write.key);
      if (last !== undefined && !last.isDeleted) throw error;
      next = { ...write, revision: last?.revision ?? 0 };
    }
  }
}

function valueReader<Value>(name: string, schema: Schema<unknown, Value>, codec: Codec) {
  const options = { limits: defaultLimits, codecs: [codec] };
  return async (found: BucketEntry): Promise<KvEntry<Value>> => {
    const value = await decodeValue(schema, found, `${name}.${found.key}`, options);
    return { ...positionOf(found), value: value as Value };
  };
}

function positionOf({ key, revision }: BucketEntry) {
  return { key, revision };
}

function checked(name: string, key: string, options: PutOptions) {
  const { revision, ttl } = options;
  const refuse = (problem: string) =>
    new JetlaneError('VALIDATION_FAILED', `${name}.${key}: ${problem}`);
  const [unknown] = unknownOptions(options, ['revision', 'ttl']);
  if (unknown !== undefined) throw refuse(unknown);
  if (revision !== undefined && !(Number.isSafeInteger(revision) && revision >= 0))
    throw refuse(`revision must be a whole number from 0, not ${shown(revision)}`);
  if (ttl === undefined) return { revision, ttlMs: undefined };
  const problem = durationProblem(ttl, 'ttl');
  if (problem !== undefined) throw refuse(problem);
  if (toMs(ttl) < 1_000) throw refuse(`ttl must be at least '1s', not '${ttl}'`);
  return { revision, ttlMs: toMs(ttl) };
}
