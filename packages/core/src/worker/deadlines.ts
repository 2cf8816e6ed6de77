import type { Clock } from '../clock.ts';

/** Watches many runs that all may take equally long, with one timer for all. */
export interface Deadlines<T> {
  begin(run: T): void;
  end(run: T): void;
  stop(): void;
}

/** Calls `late` once for each run that has not ended after `limitMs`. Runs fall due in the order they began. */
export function deadlines<T>(limitMs: number, clock: Clock, late: (run: T) => void): Deadlines<T> {
  const dueMs = new Map<T, number>();
  let cancel: (() => void) | undefined;

  function check(): void {
    cancel = undefined;
    const nowMs = clock.monotonic();
    for (const [run, atMs] of dueMs) {
      if (atMs > nowMs) {
        cancel = clock.after(atMs - nowMs, check);
        return;
      }
      dueMs.delete(run);
      late(run);
    }
  }

  return {
    begin(run) {
      dueMs.set(run, clock.monotonic() + limitMs);
      cancel ??= clock.after(limitMs, check);
    },
    end(run) {
      dueMs.delete(run);
    },
    stop() {
      cancel?.();
      dueMs.clear();
    },
  };
}
