/**
 * A histogram of durations that never grows and can be sent to another process: 32 buckets of one width to each doubling, from a
 * microsecond to twelve days, so what it tells is at most 1.6 % off. The exponent of a double and the five highest bits of its
 * fraction are the number of its bucket: a record is two array accesses and an addition, and allocates nothing.
 */

/** Bucket, count, bucket, count, …, lowest first: only buckets that hold something. */
export type HistogramPairs = readonly number[];

/** See {@link HistogramPairs} for what of it travels. Durations are in milliseconds. */
export class Histogram {
  // Doubles, as a worker that runs for weeks counts past 32 bits.
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;

  /** Takes a duration. What is shorter than a microsecond, negative or no number counts as one microsecond. */
  record(ms: number): void {
    const bucket = bucketOf(ms * 1000);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
  }

  /** How many it took. */
  get count(): number {
    return this.#count;
  }

  /** Adds what another histogram took; buckets that there are not count as the last one. */
  add(pairs: HistogramPairs): void {
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const bucket = Math.min(BUCKETS - 1, pairs[i] as number);
      this.#counts[bucket] = (this.#counts[bucket] as number) + (pairs[i + 1] as number);
      this.#count += pairs[i + 1] as number;
    }
  }

  /** What it took, as plain data. */
  pairs(): HistogramPairs {
    const pairs: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#counts[bucket] as number;
      if (count !== 0) pairs.push(bucket, count);
    }
    return pairs;
  }

  /** The duration that this share (0 to 1) of all does not exceed, in milliseconds; NaN when there are none. */
  quantileMs(share: number): number {
    return quantileMs(this.pairs(), share);
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }
}

/** The same of plain data. */
export function quantileMs(pairs: HistogramPairs, share: number): number {
  const wanted = Math.max(1, Math.ceil(share * countOf(pairs)));
  let seen = 0;
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    seen += pairs[i + 1] as number;
    if (seen >= wanted) return middleMs(pairs[i] as number);
  }
  return Number.NaN;
}

/** How many it stands for. */
export function countOf(pairs: HistogramPairs): number {
  let count = 0;
  for (let i = 1; i < pairs.length; i += 2) count += pairs[i] as number;
  return count;
}

/** What came on top of `before`; undefined where counting began anew in between. */
export function subtractPairs(
  now: HistogramPairs,
  before: HistogramPairs,
): HistogramPairs | undefined {
  const rest: number[] = [];
  let at = 0;
  for (let i = 0; i + 1 < now.length; i += 2) {
    const bucket = now[i] as number;
    let count = now[i + 1] as number;
    if (at < before.length && (before[at] as number) === bucket) {
      count -= before[at + 1] as number;
      at += 2;
    }
    if (count < 0) return undefined;
    if (count > 0) rest.push(bucket, count);
  }
  // A bucket that held something still does, unless it is another histogram.
  return at < before.length ? undefined : rest;
}

/** Whether this, from wherever it came, is what {@link Histogram.pairs} gives. */
export function isPairs(value: unknown): value is HistogramPairs {
  if (!Array.isArray(value) || value.length % 2 !== 0 || value.length > 2 * BUCKETS) return false;
  let last = -1;
  for (let i = 0; i < value.length; i += 2) {
    const [bucket, count] = [value[i] as unknown, value[i + 1] as unknown];
    if (!Number.isSafeInteger(bucket) || !Number.isSafeInteger(count)) return false;
    if ((bucket as number) <= last || (bucket as number) >= BUCKETS || (count as number) < 1)
      return false;
    last = bucket as number;
  }
  return true;
}

const STEPS = 32;
const DOUBLINGS = 40;
const BUCKETS = STEPS * DOUBLINGS;
/** The exponent of 1 in a double. */
const BIAS = 1_023;
/** Bits of the upper half of a double below the five highest of its fraction. */
const REST_BITS = 15;
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);

function bucketOf(us: number): number {
  if (!(us > 1)) return 0;
  asDouble[0] = us;
  return Math.min(BUCKETS - 1, ((asWords[HIGH] as number) >>> REST_BITS) - BIAS * STEPS);
}

function middleMs(bucket: number): number {
  const us = 2 ** Math.floor(bucket / STEPS) * (1 + ((bucket % STEPS) + 0.5) / STEPS);
  return us / 1000;
}
