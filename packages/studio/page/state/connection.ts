/** How well this page is connected, in words: always shown. */
import { duration, timeOfDay } from '../kit/format.ts';
import { type Feed, serverNowMs } from './feed.ts';

/** What to show of the connection. */
export interface ConnectionView {
  readonly tone: 'ok' | 'warn' | 'alarm' | '';
  /** Two words at most. */
  readonly label: string;
  /** What it means and what to do; null where all is well. */
  readonly words: string | null;
}

/** Snapshots that come more seldom than this are called slow. */
const slowEveryMs = 3000;
/** So many intervals without a snapshot, and figures are called old. */
const missedMax = 4;

/** Pure: what the feed means at this moment of this machine’s clock. */
export function connectionView(feed: Feed, nowMs: number): ConnectionView {
  const { snapshot, link, polling } = feed;
  if (link === 'lost') return lost(feed, nowMs);
  if (!snapshot) return { tone: '', label: 'connecting', words: null };
  const shown = timeOfDay(snapshot.atMs).slice(0, 8);
  if (snapshot.state === 'disconnected') {
    const since = duration(serverNowMs(feed, nowMs) - snapshot.stateSinceMs);
    return {
      tone: 'alarm',
      label: 'NATS away',
      words: `The studio has had no connection to the nats-server${at(feed)} for ${since}. What you see is what it knew last. It tries again without end; nothing needs to be done here.`,
    };
  }
  const ageMs = nowMs - feed.receivedMs;
  if (ageMs > Math.max(5000, missedMax * snapshot.everyMs)) {
    return {
      tone: 'warn',
      label: 'delayed',
      words: `No new figures for ${duration(ageMs)}: these are from ${shown}. The studio or the nats-server is busy.`,
    };
  }
  if (snapshot.everyMs > slowEveryMs) {
    return {
      tone: 'warn',
      label: 'slow',
      words: `Reading all streams and consumers takes ${duration(snapshot.readMs)}, so new figures come every ${duration(snapshot.everyMs)} only.`,
    };
  }
  if (polling) {
    return {
      tone: 'warn',
      label: 'polling',
      words:
        'Live updates do not get through, which a proxy between can cause: the page asks every two seconds instead.',
    };
  }
  return { tone: 'ok', label: 'live', words: null };
}

function lost(feed: Feed, nowMs: number): ConnectionView {
  const { snapshot, linkSinceMs } = feed;
  const since = duration(nowMs - linkSinceMs);
  const shown = snapshot
    ? ` What you see is from ${timeOfDay(snapshot.atMs).slice(0, 8)}.`
    : ' There is nothing to show yet.';
  return {
    tone: 'alarm',
    label: 'no studio',
    words: `The studio’s server has not answered for ${since}.${shown} Is it still running? This page goes on trying.`,
  };
}

function at({ snapshot }: Feed): string {
  return snapshot?.server ? ` at ${snapshot.server.address}` : '';
}
