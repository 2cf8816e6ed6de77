import { type Latencies, latencies } from './latency.ts';

const SPAN_MS = 5000;

/** A histogram that starts anew every five seconds and shows the last full span. */
export function recentLatencies(): Latencies {
  let [current, before] = [latencies(), latencies()];
  let sinceMs = performance.now();
  const turn = () => {
    if (performance.now() - sinceMs < SPAN_MS) return;
    sinceMs = performance.now();
    [before, current] = [current, before];
    current.clear();
  };
  const shown = () => (before.count > 0 ? before : current);
  return {
    get count() {
      return shown().count;
    },
    record(ms) {
      turn();
      current.record(ms);
    },
    quantileMs: (share) => shown().quantileMs(share),
    takeNew: () => [],
    merge(pairs) {
      turn();
      current.merge(pairs);
    },
    clear() {
      current.clear();
      before.clear();
    },
  };
}
