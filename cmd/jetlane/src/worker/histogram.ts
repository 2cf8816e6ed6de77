/**
 * Durations in buckets, each at most 3 % wider than the one before: 32 buckets to a doubling, from a microsecond to an
 * hour. Recording touches one number; histograms of several processes add up bucket by bucket.
 */
export interface Histogram {
  record(ms: number): void;
  /** Adds what another histogram took. */
  merge(pairs: HistogramPairs): void;
  /** Buckets and counts, as plain data; empties the histogram. */
  take(): HistogramPairs;
  /** The duration below which `share` (0 to 1) of all records lie, in milliseconds; NaN when there are none. */
  quantileMs(share: number): number;
  clear(): void;
  readonly count: number;
}

/** Bucket, count, bucket, count, …: only buckets that hold something. */
export type HistogramPairs = readonly number[];

const STEPS = 32;
const DOUBLINGS = 32;
const BUCKETS = STEPS * DOUBLINGS;

/** An empty histogram. */
export function histogram(): Histogram {
  const buckets = new Uint32Array(BUCKETS);
  let count = 0;
  return {
    record(ms) {
      const bucket = bucketOf(ms);
      buckets[bucket] = (buckets[bucket] as number) + 1;
      count++;
    },
    merge(pairs) {
      for (let i = 0; i + 1 < pairs.length; i += 2) {
        const bucket = Math.min(BUCKETS - 1, pairs[i] as number);
        buckets[bucket] = (buckets[bucket] as number) + (pairs[i + 1] as number);
        count += pairs[i + 1] as number;
      }
    },
    take() {
      const pairs: number[] = [];
      for (let i = 0; i < BUCKETS; i++) if (buckets[i] !== 0) pairs.push(i, buckets[i] as number);
      this.clear();
      return pairs;
    },
    quantileMs(share) {
      if (count === 0) return Number.NaN;
      const wanted = Math.max(1, Math.ceil(share * count));
      let seen = 0;
      for (let i = 0; i < BUCKETS; i++) {
        seen += buckets[i] as number;
        if (seen >= wanted) return middleMs(i);
      }
      return middleMs(BUCKETS - 1);
    },
    clear() {
      buckets.fill(0);
      count = 0;
    },
    get count() {
      return count;
    },
  };
}

function bucketOf(ms: number): number {
  const us = ms * 1000;
  if (!(us > 1)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(us) * STEPS));
}

function middleMs(bucket: number): number {
  return 2 ** ((bucket + 0.5) / STEPS) / 1000;
}
