/** An answer of the server in a component: asked for when it is needed, kept while a newer one comes. */
import { useEffect, useState } from 'preact/hooks';
import type { Query } from '../route.ts';
import { address, Refusal, read } from '../server/api.ts';
import { feed, isAway } from './feed.ts';
import { useStore } from './store.ts';

/** What is known of an answer. */
export interface Answer<T> {
  /** The newest; null before the first. */
  readonly value: T | null;
  /** Why the last attempt failed; null where it did not. */
  readonly problem: Refusal | null;
  readonly loading: boolean;
  /** Asks again now. */
  readonly reload: () => void;
}

interface Held<T> {
  readonly url: string;
  readonly value: T | null;
  readonly problem: Refusal | null;
}

/** Asks for `path` with `query`, again every `everyMs`, and again when a connection that was lost is back. A null path asks nothing. */
export function useAnswer<T>(path: string | null, query: Query = {}, everyMs?: number): Answer<T> {
  const url = path === null ? '' : address(path, query);
  const [held, hold] = useState<Held<T>>({ url: '', value: null, problem: null });
  const [attempt, setAttempt] = useState(0);
  // `attempt` is counted up to ask again.
  useEffect(() => {
    if (url === '') return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const value = await read<T>(url, {}, stop.signal);
        hold({ url, value, problem: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = error instanceof Refusal ? error : new Refusal('FAILED', 0, String(error));
        hold((before) => ({ url, value: before.url === url ? before.value : null, problem }));
      }
      if (everyMs !== undefined && !stop.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    ask().catch(() => undefined);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [url, everyMs, attempt]);
  // What failed since nobody was there is asked again when somebody is.
  const away = useStore(feed, isAway);
  const failed = held.problem !== null;
  useEffect(() => {
    if (!away && failed) setAttempt((count) => count + 1);
  }, [away]);
  const current = held.url === url;
  return {
    value: current ? held.value : null,
    problem: current ? held.problem : null,
    loading: url !== '' && (!current || (held.value === null && held.problem === null)),
    reload: () => setAttempt((count) => count + 1),
  };
}
