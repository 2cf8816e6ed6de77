import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/wire.ts';
import { connectionView } from './connection.ts';
import type { Feed } from './feed.ts';

const atMs = new Date(2026, 10, 21, 12, 0, 5).getTime();
const snapshot: Snapshot = {
  number: 1,
  atMs,
  state: 'connected',
  stateSinceMs: atMs - 60_000,
  readMs: 12,
  everyMs: 1000,
  server: {
    name: 'n',
    version: '2.15.1',
    address: '127.0.0.1:4222',
    cluster: null,
    domain: null,
    maxPayloadBytes: 1,
    rttMs: 0.2,
  },
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
  told: [],
  gaps: [],
};
const feed: Feed = {
  snapshot,
  link: 'open',
  linkSinceMs: atMs,
  receivedMs: atMs,
  polling: false,
};

describe('the connection', () => {
  it('is live while snapshots come', () => {
    expect(connectionView(feed, atMs + 900)).toEqual({ tone: 'ok', label: 'live', words: null });
  });

  it('is being made before the first one', () => {
    const view = connectionView({ ...feed, snapshot: null, link: 'opening' }, atMs);
    expect(view.label).toBe('connecting');
  });

  it('says since when the studio is gone, and how old the figures are', () => {
    const view = connectionView({ ...feed, link: 'lost' }, atMs + 12_000);
    expect(view).toMatchObject({ tone: 'alarm', label: 'no studio' });
    expect(view.words).toContain('has not answered for 12 s. What you see is from 12:00:05.');
    const nothing = connectionView({ ...feed, snapshot: null, link: 'lost' }, atMs + 12_000);
    expect(nothing.words).toContain('There is nothing to show yet.');
  });

  it('says that the nats-server is gone, and where it was', () => {
    const away = { ...snapshot, state: 'disconnected' as const, stateSinceMs: atMs - 3000 };
    const view = connectionView({ ...feed, snapshot: away }, atMs + 1000);
    expect(view).toMatchObject({ tone: 'alarm', label: 'NATS away' });
    expect(view.words).toContain('nats-server at 127.0.0.1:4222 for 4 s');
  });

  it('says when figures come late, seldom, or on request', () => {
    expect(connectionView(feed, atMs + 6000)).toMatchObject({ tone: 'warn', label: 'delayed' });
    const seldom = { ...snapshot, everyMs: 8000, readMs: 4000 };
    const slow = connectionView({ ...feed, snapshot: seldom }, atMs + 6000);
    expect(slow.words).toContain('takes 4 s, so new figures come every 8 s only');
    const polled = connectionView({ ...feed, polling: true }, atMs);
    expect(polled).toMatchObject({ tone: 'warn', label: 'polling' });
  });
});
