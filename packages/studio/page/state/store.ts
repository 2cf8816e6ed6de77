/** A value that changes, and those who want to know. */
import { useEffect, useReducer, useRef } from 'preact/hooks';

/** One value with its listeners. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

/** A store that begins with `initial`. */
export function store<T>(initial: T): Store<T> {
  const listeners = new Set<() => void>();
  let current = initial;
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What `select` makes of a store, in a component: drawn again when that is another value. */
export function useStore<T, Part = T>(
  source: Store<T>,
  select: (value: T) => Part = (value) => value as unknown as Part,
): Part {
  const [, draw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const shown = select(source.get());
  const last = useRef({ shown, select });
  last.current = { shown, select };
  useEffect(
    () =>
      source.subscribe(() => {
        if (!Object.is(last.current.select(source.get()), last.current.shown)) draw(undefined);
      }),
    [source],
  );
  return shown;
}
