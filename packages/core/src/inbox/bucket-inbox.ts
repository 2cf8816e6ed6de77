/**
 * An inbox in a bucket. For each message id there is a claim: a key that is written once, and only where nothing is. It
 * holds the messages that the handler returned. Claims, the record, and the handler's writes are one atomic write: whoever
 * comes second finds the claim and is refused, whatever it believes about who owns the message. That is what the guarantee
 * rests on; every other check only saves work.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  type Codec,
  type EncodedMessage,
  type ErrorCode,
  isJetlaneError,
  JetlaneError,
} from '@jetlane/contracts';
import {
  BATCH_MAX,
  type Bucket,
  type BucketSettings,
  type BucketWrite,
  OWN_KEY,
} from '../bucket.ts';
import { diagnostics } from '../diagnostics.ts';
import { BucketTx, type InboxTx } from './bucket-tx.ts';
import type { Inbox, InboxSurroundings } from './inbox.ts';
import { KeyLocks } from './key-locks.ts';
import { fromParts, toParts } from './record.ts';

/** See the head of this file. */
export class BucketInbox implements Inbox<InboxTx> {
  readonly #bucket: Bucket;
  readonly #codec: Codec;
  readonly #keepForMs: number;
  readonly #locks = new KeyLocks();
  readonly #partBytes: number;
  readonly #about: { readonly worker: string; readonly stream: string };

  private constructor(bucket: Bucket, keepForMs: number, around: InboxSurroundings) {
    const { bus, codec, worker, stream } = around;
    this.#bucket = bucket;
    this.#codec = codec;
    this.#keepForMs = keepForMs;
    this.#partBytes = Math.max(1, bus.maxPayload - FRAME_BYTES);
    this.#about = { worker, stream };
  }

  /** Opens the bucket, creating it if need be. */
  static async open(
    settings: BucketSettings,
    keepForMs: number,
    around: InboxSurroundings,
  ): Promise<BucketInbox> {
    return new BucketInbox(await around.bus.bucket(settings), keepForMs, around);
  }

  async once(
    ids: readonly string[],
    work: (tx: InboxTx, fresh: ReadonlySet<string>) => Promise<readonly EncodedMessage[]>,
    signal?: AbortSignal,
  ): Promise<readonly EncodedMessage[]> {
    const wanted = [...new Set(ids)].map(toClaimKey);
    const commit = randomUUID();
    let refused: readonly ClaimKey[] = [];
    let keys: ReadonlySet<string> = new Set();
    for (let runs = 1; ; runs++) {
      // Those who were refused go one after another: otherwise one of them would win, and all others run again.
      const free = await this.#locks.hold(keys);
      try {
        const claims = await this.#patiently(signal, () => this.#look(wanted));
        const fresh = claims.filter(({ isCommitted }) => !isCommitted);
        this.#tellRefused(refused, claims, commit);
        const recorded = await this.#patiently(signal, () => this.#recorded(claims));
        if (fresh.length === 0) return recorded;
        if (runs > RUNS_MAX) throw contended(fresh.length);
        const tx = new BucketTx(this.#bucket, this.#codec);
        const messages = await work(tx, new Set(fresh.map(({ id }) => id)));
        const writes = this.#toWrites(fresh, tx.end(), { messages, commit });
        if (await this.#commit(writes, signal)) return [...recorded, ...messages];
        refused = fresh;
        keys = tx.keys;
      } finally {
        free();
      }
      await pause(runs);
    }
  }

  async #look(wanted: readonly ClaimKey[]): Promise<Claim[]> {
    return Promise.all(
      wanted.map(async ({ id, key }) => {
        const entry = await this.#bucket.read(key);
        const isCommitted = entry !== undefined && !entry.isDeleted;
        return { id, key, entry, isCommitted };
      }),
    );
  }

  /** What was recorded with these claims, each record once: those of one batch share theirs. */
  async #recorded(claims: readonly Claim[]): Promise<EncodedMessage[]> {
    const committed = claims.filter(({ isCommitted }) => isCommitted);
    const holders = new Map<string, Claim['entry']>();
    for (const { key, entry } of committed) {
      const holder = entry?.header(RECORD_OF);
      if (holder === undefined) holders.set(key, entry);
      else if (!holders.has(holder)) holders.set(holder, await this.#bucket.read(holder));
    }
    const records = [...holders].map(async ([key, entry]) => {
      if (entry === undefined) return [];
      const count = Number(entry.header(PARTS) ?? 1);
      const others = Array.from({ length: count - 1 }, (_, index) => partKey(key, index + 1));
      const parts = await Promise.all(others.map((part) => this.#bucket.read(part)));
      return fromParts([entry.payload, ...parts.map((part) => part?.payload ?? NOTHING)]);
    });
    return (await Promise.all(records)).flat();
  }

  /** The handler's writes, the record, and the claims last: the first of them holds the record. */
  #toWrites(
    fresh: readonly Claim[],
    own: readonly BucketWrite[],
    { messages, commit }: { messages: readonly EncodedMessage[]; commit: string },
  ): BucketWrite[] {
    const [first, ...parts] = toParts(messages, this.#partBytes) as [Uint8Array, ...Uint8Array[]];
    const [holder, ...others] = fresh as [Claim, ...Claim[]];
    const claim = ({ id, key, entry }: Claim, payload: Uint8Array, more: object): BucketWrite => ({
      key,
      payload,
      headers: { [MESSAGE]: encodeURIComponent(id), [COMMIT]: commit, ...more },
      deletes: false,
      revision: entry?.revision ?? 0,
      ttlMs: this.#keepForMs,
    });
    const writes = [
      ...own,
      ...parts.map((payload, index) => ({
        key: partKey(holder.key, index + 1),
        payload,
        headers: {},
        deletes: false,
        revision: undefined,
        ttlMs: this.#keepForMs,
      })),
      ...others.map((other) => claim(other, NOTHING, { [RECORD_OF]: holder.key })),
      claim(holder, first, parts.length === 0 ? {} : { [PARTS]: String(parts.length + 1) }),
    ];
    if (writes.length > BATCH_MAX) throw tooMany(own.length, writes.length);
    return writes;
  }

  /** False when another writer came first: to a claim, or to a key that was read. */
  async #commit(writes: readonly BucketWrite[], signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#patiently(signal, () => this.#bucket.write(writes));
      return true;
    } catch (error) {
      if (isJetlaneError(error, 'CONFLICT')) return false;
      throw error;
    }
  }

  /** A broker that is away is no failure of the handler. Ends when nobody waits any more, or the client closes. */
  async #patiently<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        const passing = isJetlaneError(error) && PASSING.has(error.code);
        if (!passing || signal === undefined || signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, PASSING_PAUSE_MS));
      }
    }
  }

  /** Of those that were refused, the ones that somebody else has committed; a commit of our own may have lost its ack. */
  #tellRefused(refused: readonly ClaimKey[], claims: readonly Claim[], commit: string): void {
    if (refused.length === 0 || !diagnostics.fence.hasSubscribers) return;
    const wanted = new Set(refused.map(({ id }) => id));
    const ids = claims
      .filter(({ id, isCommitted }) => isCommitted && wanted.has(id))
      .filter(({ entry }) => entry?.header(COMMIT) !== commit)
      .map(({ id }) => id);
    if (ids.length > 0) diagnostics.fence.publish({ ...this.#about, ids, reason: 'committed' });
  }
}

interface ClaimKey {
  readonly id: string;
  readonly key: string;
}

interface Claim extends ClaimKey {
  readonly entry: Awaited<ReturnType<Bucket['read']>>;
  readonly isCommitted: boolean;
}

/** Headers of a claim: whose it is, which call made it, in how many parts its record is, and which claim holds it instead. */
const MESSAGE = 'jl-message';
const COMMIT = 'jl-commit';
const PARTS = 'jl-parts';
const RECORD_OF = 'jl-record-of';

const NOTHING = new Uint8Array();
/** Subject and headers of a claim, at most. */
const FRAME_BYTES = 4_096;
const RUNS_MAX = 32;
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'PUBLISH_TIMEOUT',
  'CONNECTION_LOST',
  'JETSTREAM_UNAVAILABLE',
]);
const PASSING_PAUSE_MS = 100;
const PAUSE_MAX_MS = 100;

/** Ids may hold what no key may: their hash stands for them. */
function toClaimKey(id: string): ClaimKey {
  return {
    id,
    key: `${OWN_KEY}claim.${createHash('sha256').update(id).digest('base64url')}`,
  };
}

function partKey(claim: string, index: number): string {
  return `${claim.replace('claim', 'part')}.${index}`;
}

/** Full jitter, so that those who want the same key part. */
function pause(runs: number): Promise<void> {
  const ceilingMs = Math.min(PAUSE_MAX_MS, 2 ** runs);
  return new Promise((resolve) => setTimeout(resolve, ceilingMs * Math.random()));
}

function contended(count: number): JetlaneError {
  return new JetlaneError(
    'CONFLICT',
    `keys that the handler of ${count === 1 ? 'a message' : `${count} messages`} read were changed by others ${RUNS_MAX} times in a row: spread what they hold over more keys, or order the worker by them`,
    { retryable: true },
  );
}

function tooMany(own: number, all: number): JetlaneError {
  return new JetlaneError(
    'MESSAGE_TOO_LARGE',
    `a handler wrote ${own} keys, ${all} with the marks and the record; at most ${BATCH_MAX} can be stored at once: write fewer in one handler`,
  );
}
