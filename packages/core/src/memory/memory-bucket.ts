/** A bucket of the in-process bus: the same rules as on a server, gone with the process. */
import { JetlaneError } from '@jetlane/contracts';
import {
  BATCH_MAX,
  type Bucket,
  type BucketEntry,
  type BucketSettings,
  type BucketWrite,
  OWN_KEY,
} from '../bucket.ts';
import type { Clock } from '../clock.ts';
import { DueHeap } from './due-heap.ts';
import { toMatcher } from './matcher.ts';
import { wireBytes } from './stored-message.ts';
import { Watchers } from './watchers.ts';

/** How long the trace of a deleted key stays. */
const TRACE_MS = 3_600_000;

/** See the head of this file. */
export class MemoryBucket implements Bucket {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  #settings: BucketSettings;
  readonly #entries = new Map<string, BucketEntry>();
  readonly #due = new DueHeap<BucketEntry>();
  readonly #watchers = new Watchers<BucketEntry>();
  #lastRevision = 0;
  /** Stops the timer for what expires next; it runs only while somebody watches. */
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(settings: BucketSettings, clock: Clock, maxBytes: number) {
    this.#settings = settings;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  get settings(): BucketSettings {
    return this.#settings;
  }

  /** Takes other settings; they hold for what is written from now on. */
  update(settings: BucketSettings): void {
    this.#settings = settings;
  }

  async read(key: string): Promise<BucketEntry | undefined> {
    this.#begin();
    return this.#entries.get(key);
  }

  async write(writes: readonly BucketWrite[]): Promise<number> {
    this.#begin();
    if (writes.length > BATCH_MAX) throw tooMany(writes.length);
    for (const write of writes) this.#check(write);
    for (const write of writes) this.#store(write);
    return this.#lastRevision;
  }

  watch(pattern: string): AsyncIterableIterator<BucketEntry> {
    this.#begin();
    const matches = toMatcher([pattern]);
    const wanted = ({ key }: BucketEntry) => !key.startsWith(OWN_KEY) && matches(key);
    const now = [...this.#entries.values()].sort((a, b) => a.revision - b.revision);
    const watcher = this.#watchers.add(now, wanted);
    this.#await();
    return watcher;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#watchers.end();
  }

  #check({ key, payload, headers, revision }: BucketWrite): void {
    const bytes = wireBytes({ payload, headers }) + key.length;
    if (bytes > this.#maxBytes)
      throw new JetlaneError(
        'MESSAGE_TOO_LARGE',
        `"${key}" has ${bytes} bytes with its headers; at most ${this.#maxBytes} fit: keep less, or a reference to it`,
      );
    const last = this.#entries.get(key)?.revision ?? 0;
    if (revision === undefined || revision === last) return;
    throw new JetlaneError(
      'CONFLICT',
      `"${key}" of bucket ${this.#settings.name}: another writer came first: it is at revision ${last}, not ${revision}; read it again, then write with that revision`,
    );
  }

  #store({ key, payload, headers, deletes, ttlMs }: BucketWrite): void {
    const copy = { ...headers };
    const entry: BucketEntry = {
      key,
      payload: payload.slice(),
      header: (name) => (Object.hasOwn(copy, name) ? copy[name] : undefined),
      revision: ++this.#lastRevision,
      isDeleted: deletes,
    };
    this.#put(entry, deletes ? TRACE_MS : this.#lifeMs(ttlMs));
  }

  #lifeMs(ttlMs: number | undefined): number {
    const { maxAgeMs } = this.#settings;
    const ageMs = maxAgeMs === 0 ? Number.POSITIVE_INFINITY : maxAgeMs;
    // Whole seconds, as a server counts.
    return ttlMs === undefined ? ageMs : Math.min(ageMs, Math.ceil(ttlMs / 1_000) * 1_000);
  }

  #put(entry: BucketEntry, lifeMs: number): void {
    this.#entries.set(entry.key, entry);
    this.#watchers.tell(entry);
    if (lifeMs === Number.POSITIVE_INFINITY) return;
    this.#due.push(this.#clock.now() + lifeMs, entry);
    if (this.#due.size > DUE_MIN && this.#due.size > this.#entries.size * 2)
      this.#due.retain((one) => this.#entries.get(one.key) === one);
    this.#await();
  }

  /** Drops what has expired, whenever the bucket is used. */
  #expire(): void {
    const nowMs = this.#clock.now();
    for (let entry = this.#due.popDue(nowMs); entry; entry = this.#due.popDue(nowMs)) {
      if (this.#entries.get(entry.key) !== entry) continue;
      this.#entries.delete(entry.key);
      // A value leaves a trace, as a deleted key does; a trace, or a claim, leaves none.
      if (entry.isDeleted || entry.key.startsWith(OWN_KEY)) continue;
      const revision = ++this.#lastRevision;
      const trace = { payload: NOTHING, header: () => undefined, revision, isDeleted: true };
      this.#put({ key: entry.key, ...trace }, TRACE_MS);
    }
  }

  #await(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#watchers.size === 0 || this.#due.size === 0) return;
    const waitMs = Math.max(0, this.#due.nextMs - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#expire();
      this.#await();
    });
  }

  #begin(): void {
    if (this.#closed)
      throw new JetlaneError('CLOSED', 'this client is closed; memory() makes a new one');
    this.#expire();
  }
}

/** Expiry times below this many are never swept. */
const DUE_MIN = 1_000;
const NOTHING = new Uint8Array();

function tooMany(count: number): JetlaneError {
  return new JetlaneError(
    'MESSAGE_TOO_LARGE',
    `${count} keys were written at once; at most ${BATCH_MAX} fit: write fewer in one handler`,
  );
}

/**
 * The settings of a bucket that is opened again.
 *
 * @throws JetlaneError `TOPOLOGY_CONFLICT` when claims would be dropped early
 */
export function merged(known: BucketSettings, asked: BucketSettings): BucketSettings {
  const isInbox = known.kind === 'inbox' || asked.kind === 'inbox';
  if (isInbox && (known.maxAgeMs > 0 || asked.maxAgeMs > 0))
    throw new JetlaneError(
      'TOPOLOGY_CONFLICT',
      `bucket ${asked.name} is an inbox, which keeps its claims by their own time, and cannot have a maxAge; give the bucket or the inbox another name`,
    );
  if (asked.kind === 'values') return { ...asked, kind: isInbox ? 'inbox' : 'values' };
  return { ...known, kind: 'inbox' };
}
