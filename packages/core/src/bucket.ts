/**
 * The port for keyed state, beside the one for messages: key-value buckets and inboxes stand on it. Keys are subject tokens
 * joined by dots; those that begin with `_jl.` are Jetlane's own and are not watched.
 */

/** What a bucket has to be. It is created on first use. */
export interface BucketSettings {
  readonly name: string;
  /** `'values'`: a bucket of its own. `'inbox'`: it also keeps claims, and writes many keys at once. */
  readonly kind: 'values' | 'inbox';
  /** Revisions kept for each key. */
  readonly history: number;
  /** How long values live; 0: for ever. */
  readonly maxAgeMs: number;
  /** Undefined: as they are, one when it is created. */
  readonly replicas: number | undefined;
  /** What a bucket that does not exist yet gets where `replicas` is undefined. Default 1. */
  readonly replicasWhenNew?: number;
}

/** A value at a key, or the trace that a deleted one leaves. */
export interface BucketEntry {
  readonly key: string;
  readonly payload: Uint8Array;
  header(name: string): string | undefined;
  /** Position in the bucket: rising, with gaps, over all keys. */
  readonly revision: number;
  readonly isDeleted: boolean;
}

/** One key's part of a write. */
export interface BucketWrite {
  readonly key: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly deletes: boolean;
  /** What its last revision must be; 0: none at all. Undefined: whatever it is. */
  readonly revision: number | undefined;
  /** Removed after this long. */
  readonly ttlMs: number | undefined;
}

/** An open bucket. */
export interface Bucket {
  /**
   * The last entry of a key, a deleted one included; undefined when there is none.
   *
   * @throws JetlaneError `CONNECTION_LOST`, `STREAM_GONE`, `CLOSED`
   */
  read(key: string): Promise<BucketEntry | undefined>;
  /**
   * Writes all or nothing, and resolves to the revision of the last one. Tried again under the same id until the publish
   * deadline; a write that was stored although its ack was lost is no conflict.
   *
   * @throws JetlaneError `CONFLICT`, `MESSAGE_TOO_LARGE`, `STREAM_FULL`, `PUBLISH_TIMEOUT`, `NO_STREAM`, `CLOSED`
   */
  write(writes: readonly BucketWrite[]): Promise<number>;
  /**
   * The last entry of each key that the pattern stands for, then every change, in the order of their revisions. Goes on after
   * a reconnect where it was. Ends with `return()`.
   *
   * @throws JetlaneError `STREAM_GONE`, `CLOSED`
   */
  watch(pattern: string): AsyncIterableIterator<BucketEntry>;
}

/** Writes that one atomic batch may have. */
export const BATCH_MAX = 1_000;

/** Keys of Jetlane's own begin with this. */
export const OWN_KEY = '_jl.';
