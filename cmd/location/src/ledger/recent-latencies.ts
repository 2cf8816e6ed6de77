import { type Latencies, latencies } from './latency.ts';

const SLOT_MS = 1000;
const SLOTS = 5;

/** A histogram of the last five seconds, which move on second by second; with nothing in them it is empty. */
export function recentLatencies(nowMs: () => number = () => performance.now()): Latencies {
  const slots = Array.from({ length: SLOTS }, () => ({ number: -1, seen: latencies() }));
  const number = () => Math.floor(nowMs() / SLOT_MS);
  const shown = () => slots.filter((slot) => slot.number > number() - SLOTS);
  const current = () => {
    const slot = slots[number() % SLOTS] as (typeof slots)[number];
    if (slot.number !== number()) slot.seen.clear();
    slot.number = number();
    return slot.seen;
  };
  return {
    get count() {
      return shown().reduce((sum, { seen }) => sum + seen.count, 0);
    },
    record: (ms) => current().record(ms),
    quantileMs(share) {
      const all = latencies();
      for (const { seen } of shown()) all.merge(seen.all());
      return all.quantileMs(share);
    },
    takeNew: () => [],
    all: () => shown().flatMap(({ seen }) => seen.all()),
    merge: (pairs) => current().merge(pairs),
    clear() {
      for (const { seen } of slots) seen.clear();
    },
  };
}
