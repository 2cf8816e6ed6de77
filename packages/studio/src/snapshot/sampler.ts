/**
 * Snapshots, taken once a second for all pages together, and only while somebody looks. Reading takes a fifth of the time at
 * most: where it is slow, snapshots are fewer.
 */
import { type WorkerReports, workerReports } from '@jetlane/core';
import type { KnownApps } from '../apps/known-apps.ts';
import { toFailure, toGap } from '../failure.ts';
import type { Nats } from '../nats.ts';
import type { Snapshot } from '../wire.ts';
import { Rates } from './rates.ts';
import { readAll } from './reading.ts';
import { type SnapshotView, viewReading, viewServer } from './view-snapshot.ts';
import { viewTold } from './view-told.ts';

/** A snapshot, and as it travels. */
export interface Sample {
  readonly number: number;
  readonly snapshot: Snapshot;
  readonly text: string;
}

/** Somebody who looks. */
export interface Onlooker {
  /** The first sample after that number; waits for it. Undefined once the sampler is closed or this one has left. */
  after(number: number): Promise<Sample | undefined>;
  leave(): void;
}

const EVERY_MS = 1_000;
const EVERY_MAX_MS = 5_000;
/** Of the time that goes by, so much may be spent on reading. */
const READING_SHARE = 0.2;
const NOTHING: SnapshotView = {
  account: null,
  totals: {
    messages: 0,
    bytes: 0,
    storedPerSec: null,
    deliveredPerSec: null,
    lag: 0,
    ackPending: 0,
    redelivered: 0,
    deadLetters: 0,
  },
  streams: [],
  streamsTotal: 0,
  deadLetters: [],
  gaps: [],
};

/** Takes snapshots. */
export class Sampler {
  readonly #nats: Nats;
  readonly #apps: KnownApps;
  readonly #rates = new Rates();
  readonly #onlookers = new Set<() => void>();
  readonly #unlisten: () => void;
  readonly #reports: WorkerReports;
  #told: Snapshot['told'] = [];
  #view = NOTHING;
  #rttMs: number | null = null;
  #readMs = 0;
  #sample: Sample | undefined;
  #taking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;
  #state: Snapshot['state'];
  #stateSinceMs = Date.now();
  #closed = false;

  constructor(nats: Nats, apps: KnownApps) {
    this.#nats = nats;
    this.#apps = apps;
    this.#state = nats.connected ? 'connected' : 'disconnected';
    this.#reports = workerReports(nats.connection);
    this.#unlisten = nats.connection.onChange(() => this.#changed());
  }

  /** How many look. */
  get onlookers(): number {
    return this.#onlookers.size;
  }

  /** The newest, not older than a second. */
  async now(): Promise<Sample> {
    if (this.#sample === undefined || Date.now() - this.#sample.snapshot.atMs > EVERY_MS)
      await this.#take();
    return this.#sample as Sample;
  }

  /** Somebody comes. From now on there are samples. */
  join(): Onlooker {
    let wake = () => {};
    let left = false;
    const told = () => wake();
    this.#onlookers.add(told);
    if (this.#timer === undefined && this.#taking === undefined) void this.#go();
    return {
      after: async (number) => {
        while (!left && !this.#closed) {
          const sample = this.#sample;
          if (sample !== undefined && sample.number > number && !isStale(sample)) return sample;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        return undefined;
      },
      leave: () => {
        left = true;
        this.#onlookers.delete(told);
        wake();
      },
    };
  }

  /** Ends it; whoever waits is told. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unlisten();
    this.#reports.stop();
    this.#wakeAll();
  }

  /** Takes one, and the next after a while, as long as somebody looks. */
  async #go(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#take();
    if (this.#closed || this.#onlookers.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#onlookers.size > 0) void this.#go();
    }, this.#pauseMs());
    this.#timer.unref();
  }

  #pauseMs(): number {
    const spared = this.#readMs / READING_SHARE;
    return (
      Math.min(EVERY_MAX_MS, Math.max(EVERY_MS, spared)) - Math.min(this.#readMs, EVERY_MS / 2)
    );
  }

  /** One at a time: whoever asks meanwhile gets the same. */
  #take(): Promise<void> {
    this.#taking ??= this.#read().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #read(): Promise<void> {
    const beganMs = performance.now();
    try {
      if (this.#nats.connected) {
        const telling = this.#reports.look();
        const reading = await readAll(this.#nats, this.#apps);
        this.#rates.begin(performance.now());
        this.#view = viewReading(reading, this.#apps, this.#rates);
        this.#rttMs = reading.rttMs;
        this.#told = viewTold(await telling);
        this.#readMs = performance.now() - beganMs;
      }
    } catch (error) {
      const gap = toGap('this snapshot: it shows what was read last', toFailure(error));
      this.#view = { ...this.#view, gaps: [gap] };
      this.#readMs = performance.now() - beganMs;
    }
    this.#publish();
  }

  #publish(): void {
    this.#follow();
    const connected = this.#state === 'connected';
    const everyMs = Math.min(EVERY_MAX_MS, Math.max(EVERY_MS, this.#readMs / READING_SHARE));
    const number = ++this.#number;
    const snapshot: Snapshot = {
      number,
      atMs: Date.now(),
      state: this.#state,
      stateSinceMs: this.#stateSinceMs,
      readMs: round(this.#readMs),
      everyMs: Math.round(everyMs),
      server: viewServer(this.#nats, connected ? round(this.#rttMs) : null) ?? this.#server(),
      ...this.#view,
      told: this.#told,
    };
    this.#sample = { number, snapshot, text: JSON.stringify(snapshot) };
    this.#wakeAll();
  }

  /** The one that it was last. */
  #server(): Snapshot['server'] {
    const server = this.#sample?.snapshot.server ?? null;
    return server === null ? null : { ...server, rttMs: null };
  }

  /** The connection was lost, or came back: told at once. */
  #changed(): void {
    this.#follow();
    if (this.#onlookers.size === 0 || this.#closed) return;
    if (this.#state === 'disconnected') this.#publish();
    else void this.#go();
  }

  #follow(): void {
    const state = this.#nats.connected ? 'connected' : 'disconnected';
    if (state === this.#state) return;
    this.#state = state;
    this.#stateSinceMs = Date.now();
  }

  #wakeAll(): void {
    for (const wake of [...this.#onlookers]) wake();
  }
}

/** Of a time when nobody looked. */
function isStale({ snapshot }: Sample): boolean {
  return Date.now() - snapshot.atMs > EVERY_MAX_MS + EVERY_MS;
}

function round<T extends number | null>(value: T): T {
  return (value === null ? null : Math.round((value as number) * 10) / 10) as T;
}
