import type { Clock } from '../clock.ts';

/** Gathers items into batches. */
export interface Batcher<T> {
  add(item: T): void;
  /** Hands on what was gathered so far, without waiting for more. */
  flush(): void;
}

/** Hands on `size` items together, or fewer `withinMs` after the first of them arrived. */
export function batcher<T>(
  { size, withinMs }: { readonly size: number; readonly withinMs: number },
  clock: Clock,
  full: (items: readonly T[]) => void,
): Batcher<T> {
  let items: T[] = [];
  let cancel: (() => void) | undefined;

  function flush(): void {
    cancel?.();
    cancel = undefined;
    const batch = items;
    items = [];
    if (batch.length > 0) full(batch);
  }

  return {
    add(item) {
      items.push(item);
      if (items.length >= size) flush();
      else if (items.length === 1) cancel = clock.after(withinMs, flush);
    },
    flush,
  };
}
