/**
 * Keeps the feed: server-sent events, opened again whenever they end or fall silent; polling where they do not get through.
 * A page that nobody looks at lets go of its connection, since a browser has only six for a server.
 */
import type { Snapshot } from '../../src/wire.ts';
import { feed } from '../state/feed.ts';
import { read, readSession } from './api.ts';

const retryMs = 2000;
const silentMaxMs = 10_000;
const hiddenMaxMs = 15_000;
/** Polling begins when this many attempts in a row brought no event. */
const attemptsMax = 2;
const pollEveryMs = 2000;

/** Starts, and goes on until the page is closed. */
export function keepFeed(): void {
  const live = new Live();
  live.open();
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(() => live.close(), hiddenMaxMs);
    else live.open();
  });
}

class Live {
  #events: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #open = false;

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.#listen();
  }

  close(): void {
    this.#open = false;
    this.#events?.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#poll);
    this.#poll = undefined;
  }

  #listen(): void {
    this.#events?.close();
    if (!('EventSource' in globalThis)) {
      this.#startPolling();
      return;
    }
    const events = new EventSource('api/live');
    this.#events = events;
    events.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
      const snapshot = parse(data);
      if (!snapshot) return;
      this.#failures = 0;
      this.#stopPolling();
      this.#take(snapshot, false);
      this.#expectWithin(Math.max(silentMaxMs, 4 * snapshot.everyMs));
    });
    events.addEventListener('error', () => this.#failed());
    this.#expectWithin(silentMaxMs);
  }

  /** Silence is a failure too: something between may hold events back. */
  #expectWithin(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(), ms);
  }

  #failed(): void {
    this.#events?.close();
    this.#failures += 1;
    if (this.#poll === undefined) markLost();
    if (this.#failures >= attemptsMax) this.#startPolling();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#listen(), Math.min(30_000, retryMs * this.#failures));
  }

  #startPolling(): void {
    if (this.#poll !== undefined) return;
    const poll = async () => {
      try {
        const snapshot = await read<Snapshot>('api/snapshot');
        if (this.#poll !== undefined) this.#take(snapshot, true);
      } catch {
        if (this.#poll !== undefined) markLost();
      }
      if (this.#poll !== undefined && this.#open) this.#poll = setTimeout(poll, pollEveryMs);
    };
    this.#poll = setTimeout(poll, 0);
  }

  #stopPolling(): void {
    clearTimeout(this.#poll);
    this.#poll = undefined;
  }

  #take(snapshot: Snapshot, polling: boolean): void {
    const before = feed.get();
    const nowMs = Date.now();
    feed.set({
      snapshot,
      link: 'open',
      linkSinceMs: before.link === 'open' ? before.linkSinceMs : nowMs,
      receivedMs: nowMs,
      polling,
    });
    // A server that was away may be another one: with another token, and perhaps another page.
    if (before.link !== 'open') readSession().catch(() => undefined);
  }
}

function markLost(): void {
  const before = feed.get();
  if (before.link === 'lost') return;
  feed.set({ ...before, link: 'lost', linkSinceMs: Date.now(), polling: false });
}

function parse(text: string): Snapshot | undefined {
  try {
    return JSON.parse(text) as Snapshot;
  } catch {
    return undefined;
  }
}
