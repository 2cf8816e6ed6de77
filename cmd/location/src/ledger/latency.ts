/**
 * A latency histogram that can be merged: 64 buckets to each doubling from 1 µs on, so a quantile is
 * at most 1.6 % too high. `perf_hooks` has histograms too, but theirs cannot leave their process.
 */

/** Counts of latencies. */
export interface Latencies {
  readonly count: number;
  /** Below zero counts as zero. */
  record(ms: number): void;
  /** The latency that this share (0 to 1) does not exceed; null while nothing was recorded. */
  quantileMs(share: number): number | null;
  /** What was recorded since the last call, as flat pairs of bucket and count. */
  takeNew(): number[];
  /** Everything in it, as flat pairs of bucket and count. */
  all(): number[];
  /** Adds what `takeNew` or `all` of another histogram gave. */
  merge(pairs: readonly number[]): void;
  /** Forgets everything. */
  clear(): void;
}

const SUB = 64;
const DOUBLINGS = 32; // to over an hour

/** An empty histogram. */
export function latencies(): Latencies {
  const counts = new Float64Array(SUB * (DOUBLINGS + 1));
  const fresh = new Map<number, number>();
  let count = 0;
  const add = (bucket: number, times: number) => {
    counts[bucket] = (counts[bucket] as number) + times;
    count += times;
  };
  return {
    get count() {
      return count;
    },
    record(ms) {
      const bucket = toBucket(ms * 1000);
      add(bucket, 1);
      fresh.set(bucket, (fresh.get(bucket) ?? 0) + 1);
    },
    quantileMs(share) {
      if (count === 0) return null;
      let left = Math.max(1, Math.ceil(share * count));
      for (let bucket = 0; bucket < counts.length; bucket++) {
        left -= counts[bucket] as number;
        if (left <= 0) return upperUs(bucket) / 1000;
      }
      return upperUs(counts.length - 1) / 1000;
    },
    takeNew() {
      const pairs = [...fresh].flat();
      fresh.clear();
      return pairs;
    },
    all: () => [...counts].flatMap((times, bucket) => (times > 0 ? [bucket, times] : [])),
    merge(pairs) {
      for (let i = 0; i + 1 < pairs.length; i += 2) add(pairs[i] as number, pairs[i + 1] as number);
    },
    clear() {
      counts.fill(0);
      count = 0;
    },
  };
}

/** The first 64 buckets are whole microseconds; after that each doubling has 64 more. */
function toBucket(us: number): number {
  const whole = Math.max(0, Math.floor(us));
  if (whole < SUB) return whole;
  const doubling = Math.min(DOUBLINGS - 1, Math.floor(Math.log2(whole / SUB)));
  const within = Math.min(SUB - 1, Math.floor(whole / 2 ** doubling) - SUB);
  return SUB * (doubling + 1) + within;
}

function upperUs(bucket: number): number {
  if (bucket < SUB) return bucket + 1;
  const doubling = Math.floor(bucket / SUB) - 1;
  return ((bucket % SUB) + SUB + 1) * 2 ** doubling;
}
