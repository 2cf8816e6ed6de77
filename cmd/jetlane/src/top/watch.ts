/** Reads the server again and again for `jetlane top`, and goes on when it goes away and comes back. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, workerReports } from '@jetlane/core';
import { messageOf } from '../failure.ts';
import { ageFinder } from './oldest.ts';
import { type Reading, read } from './reading.ts';
import { type Standing, standing } from './standing.ts';

/** A watch that goes on until it is stopped. */
export interface Watch {
  /** How everything stood last; undefined until the first reading is there. */
  readonly latest: Standing | undefined;
  /** Why no figures come, and for how long; undefined: they come. */
  readonly trouble: { readonly words: string; readonly forMs: number } | undefined;
  /** Asks the server nothing from now on, or goes on. */
  pause(on: boolean): void;
  stop(): void;
}

/** What to watch. */
export interface WatchOptions {
  /** Only these streams. Default: all. */
  readonly names?: readonly string[] | undefined;
  readonly everyMs: number;
  /** There is something new to show. */
  readonly onChange: () => void;
}

/** Takes one look after the other at a connection. */
export function looker(connection: Connection, names?: readonly string[]): () => Promise<Standing> {
  const finder = ageFinder(connection);
  const reports = workerReports(connection);
  let before: Reading | undefined;
  return async () => {
    // While processes answer the server is read: only those that answered before are waited for, and not for long.
    const telling = reports.look();
    const now = await read(connection, names);
    const ages = await finder.find(now);
    const found = standing(before, now, { ages, names, told: await telling });
    before = now;
    return found;
  };
}

/**
 * Watches. Looks never overlap, and where one takes longer than the interval the next waits as long as it took: the server is busy
 * with them half of the time at most.
 */
export function watch(connection: Connection, { names, everyMs, onChange }: WatchOptions): Watch {
  const look = looker(connection, names);
  const stopped = new AbortController();
  let latest: Standing | undefined;
  let failure: { readonly words: string; readonly sinceMs: number } | undefined;
  let paused = false;
  let goOn = () => {};

  const failed = (words: string) => {
    if (failure?.words !== words) failure = { words, sinceMs: failure?.sinceMs ?? Date.now() };
  };
  const once = async () => {
    if (!connection.connected) return failed(AWAY);
    try {
      latest = await look();
      failure = undefined;
    } catch (error) {
      failed(connection.connected ? messageOf(error) : AWAY);
    }
  };
  const loop = async () => {
    while (!stopped.signal.aborted) {
      const startedMs = performance.now();
      if (paused) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        continue;
      }
      await once();
      if (stopped.signal.aborted) return;
      onChange();
      const tookMs = performance.now() - startedMs;
      await delay(Math.max(everyMs - tookMs, tookMs), undefined, stopped).catch(() => {});
    }
  };
  const unfollow = connection.onChange((connected) => {
    if (!connected) failed(AWAY);
    onChange();
  });
  void loop();
  return {
    get latest() {
      return latest;
    },
    get trouble() {
      return failure && { words: failure.words, forMs: Date.now() - failure.sinceMs };
    },
    pause(on) {
      paused = on;
      goOn();
    },
    stop() {
      unfollow();
      stopped.abort();
      goOn();
    },
  };
}

const AWAY = 'the server is away';
