/** What this page knows of the server, as it comes in; `server/live.ts` keeps it. */
import type { Snapshot } from '../../src/wire.ts';
import { store } from './store.ts';

/** The newest snapshot, and how the page gets them. */
export interface Feed {
  readonly snapshot: Snapshot | null;
  /** `lost`: the studio’s server does not answer. */
  readonly link: 'opening' | 'open' | 'lost';
  /** When `link` became what it is, by this machine’s clock. */
  readonly linkSinceMs: number;
  /** When the snapshot came, by this machine’s clock. */
  readonly receivedMs: number;
  /** Asked for again and again, since the stream of events does not get through. */
  readonly polling: boolean;
}

/** One for the page. */
export const feed = store<Feed>({
  snapshot: null,
  link: 'opening',
  linkSinceMs: Date.now(),
  receivedMs: 0,
  polling: false,
});

/** Whether nothing can be asked at the moment: the studio or its nats-server is gone. */
export function isAway({ link, snapshot }: Feed): boolean {
  return link === 'lost' || snapshot?.state === 'disconnected';
}

/** The server’s clock now, as well as this page can know it. */
export function serverNowMs({ snapshot, receivedMs }: Feed, nowMs: number): number {
  return snapshot ? snapshot.atMs + Math.max(0, nowMs - receivedMs) : nowMs;
}
