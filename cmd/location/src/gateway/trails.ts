/**
 * The messages of one driver or ride, for pages that look at it: first what the streams still hold, read by subject once
 * somebody asks, then what comes, taken from what the gateway hears anyway. Nothing is kept for those whom nobody looks at.
 * Bounded: a page follows one at a time, a few reads run at once and few wait.
 */
import type { CityMessage, TrailEntry, TrailOf } from '#wire';
import { type TrailMessage, trailEntry } from './trail-entry.ts';

/** Reads the last messages of a driver or a ride, oldest first. */
export type TrailReader = (wanted: TrailOf) => Promise<readonly TrailEntry[]>;

/** Pages that follow. */
export interface Trails {
  /** Tells `listener` the past and then each message that comes, until the result is called. */
  follow(wanted: TrailOf, listener: (message: CityMessage) => void): () => void;
  /** To be called with every message that is heard; costs a look into a map that is nearly always empty. */
  heard(wanted: TrailOf, message: () => TrailMessage): void;
}

/** Reads that run at once. */
export const READS_MAX = 6;
/** And that wait for one to end. */
export const WAITING_MAX = 200;

/** Nobody follows yet. */
export function trails(read: TrailReader): Trails {
  const followers = new Map<string, Set<(entry: TrailEntry) => void>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function take(wanted: TrailOf): Promise<readonly TrailEntry[]> {
    if (running >= READS_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw new Error('too many pages ask for messages at this moment: try again');
      await new Promise<void>((resolve) => waiting.push(resolve)); // who ends hands over the place
    } else running++;
    try {
      return await read(wanted);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  return {
    follow(wanted, listener) {
      const { of, id } = wanted;
      const key = keyOf(wanted);
      let heard: TrailEntry[] | undefined = []; // while the past is being read
      let ended = false;
      const hear = (entry: TrailEntry) => {
        if (heard) heard.push(entry);
        else listener({ kind: 'trailed', of, id, entry });
      };
      const all = followers.get(key) ?? new Set();
      followers.set(key, all.add(hear));
      const tellPast = (past: readonly TrailEntry[], problem?: string) => {
        if (ended) return;
        listener({ kind: 'trail', of, id, past, ...(problem === undefined ? {} : { problem }) });
        const known = new Set(past.map(({ stream, seq }) => `${stream}:${seq}`));
        const since = (heard ?? []).filter(({ stream, seq }) => !known.has(`${stream}:${seq}`));
        heard = undefined;
        for (const entry of since) hear(entry);
      };
      take(wanted).then(tellPast, (error: Error) => tellPast([], error.message));
      return () => {
        ended = true;
        all.delete(hear);
        if (all.size === 0 && followers.get(key) === all) followers.delete(key);
      };
    },
    heard(wanted, message) {
      if (followers.size === 0) return;
      const all = followers.get(keyOf(wanted));
      if (!all) return;
      const entry = trailEntry(message());
      for (const hear of all) hear(entry);
    },
  };
}

const keyOf = ({ of, id }: TrailOf) => `${of}:${id}`;
