import {
  type Codec,
  decodePayload,
  defaultLimits,
  encodePayload,
  JetlaneError,
} from '@jetlane/contracts';
import type { Bucket, BucketWrite } from '../bucket.ts';
import { assertKey } from '../kv/key.ts';
import { tombstone } from '../kv/kv-store.ts';

/**
 * What a handler reads and writes in its inbox's own bucket. Writes are collected, and stored when the handler is done: all
 * of them together with the mark that its message is handled, or none. Keys are as those of a bucket; values are whatever
 * the client's codec takes.
 */
export interface InboxTx {
  /**
   * The value of a key, this handler's own writes included; undefined when it has none. It is not checked by a schema.
   *
   * @throws JetlaneError `SUBJECT_INVALID`, `DECODE_FAILED`, `CONNECTION_LOST`
   */
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  /**
   * Writes a value. If the key was read before, only over the revision that was read.
   *
   * @throws JetlaneError `SUBJECT_INVALID`, `VALIDATION_FAILED` for what the codec does not take
   */
  put(key: string, value: unknown): void;
  /** Deletes a key. If it was read before, only in the revision that was read. Throws `SUBJECT_INVALID`. */
  delete(key: string): void;
}

/** An {@link InboxTx} over any bus's bucket. */
export class BucketTx implements InboxTx {
  readonly #bucket: Bucket;
  readonly #codec: Codec;
  /** Revisions that were read, 0 where there was nothing. */
  readonly #revisions = new Map<string, number>();
  /** What is to be written; undefined deletes. */
  readonly #written = new Map<string, Uint8Array | undefined>();
  #over = false;

  constructor(bucket: Bucket, codec: Codec) {
    this.#bucket = bucket;
    this.#codec = codec;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    this.#assertOpen(key);
    const { contentType } = this.#codec;
    if (this.#written.has(key)) {
      const payload = this.#written.get(key);
      return payload && (this.#decode(payload, () => contentType) as Value);
    }
    const entry = await this.#bucket.read(key);
    const known = this.#revisions.get(key);
    const revision = entry?.revision ?? 0;
    // Two reads that saw different values: the first one counts, so that the commit is refused.
    if (known === undefined) this.#revisions.set(key, revision);
    if (entry === undefined || entry.isDeleted) return undefined;
    return this.#decode(entry.payload, (name) => entry.header(name)) as Value;
  }

  put(key: string, value: unknown): void {
    this.#assertOpen(key);
    this.#written.set(key, encodePayload(this.#codec, value, `the value of ${key}`));
  }

  delete(key: string): void {
    this.#assertOpen(key);
    this.#written.set(key, undefined);
  }

  /** Ends the transaction: what a handler that nobody waits for does with it later is refused. */
  end(): readonly BucketWrite[] {
    this.#over = true;
    const headers = { 'ce-datacontenttype': this.#codec.contentType };
    return [...this.#written].map(([key, payload]) => {
      const revision = this.#revisions.get(key);
      if (payload === undefined) return tombstone(key, revision);
      return { key, payload, headers, deletes: false, revision, ttlMs: undefined };
    });
  }

  /** Every key that was read or written. */
  get keys(): ReadonlySet<string> {
    return new Set([...this.#revisions.keys(), ...this.#written.keys()]);
  }

  #decode(payload: Uint8Array, header: (name: string) => string | undefined): unknown {
    return decodePayload({ payload, header }, { limits: defaultLimits, codecs: [this.#codec] });
  }

  #assertOpen(key: string): void {
    assertKey(key);
    if (this.#over)
      throw new JetlaneError(
        'FENCED',
        `"${key}": this transaction is over; await everything that uses it before the handler returns`,
      );
  }
}
