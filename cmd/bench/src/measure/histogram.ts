/**
 * A histogram of durations that can be sent to another process and added to others, which that of perf_hooks cannot. A
 * bucket is at most 0.1 % wide: the exponent of a double and the ten highest bits of its fraction are its number, so a
 * record is two array accesses and one addition.
 */

/** See the head of this file. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #maxNs = 0;
  #minNs = Number.POSITIVE_INFINITY;

  /** A histogram with what another one took. */
  static from(data: HistogramData | undefined): Histogram {
    const histogram = new Histogram();
    if (data !== undefined) histogram.add(data);
    return histogram;
  }

  /** Takes a duration in nanoseconds; what is below one counts as one. */
  record(ns: number): void {
    const index = bucketOf(ns);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count++;
    if (ns > this.#maxNs) this.#maxNs = ns;
    if (ns < this.#minNs) this.#minNs = ns;
  }

  /** Adds what another histogram took. */
  add({ buckets, maxNs, minNs }: HistogramData): void {
    for (const [index, count] of buckets) {
      this.#counts[index] = (this.#counts[index] as number) + count;
      this.#count += count;
    }
    this.#maxNs = Math.max(this.#maxNs, maxNs);
    if (buckets.length > 0) this.#minNs = Math.min(this.#minNs, minNs);
  }

  get count(): number {
    return this.#count;
  }

  get maxNs(): number {
    return this.#maxNs;
  }

  /** The duration below which `share` (0 to 1) of all records lie, in nanoseconds; NaN when there are none. */
  quantileNs(share: number): number {
    if (this.#count === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.#counts[index] as number;
      if (seen >= wanted) return clamp(middleNs(index), this.#minNs, this.#maxNs);
    }
    return this.#maxNs;
  }

  /** What it took, as plain data. */
  data(): HistogramData {
    const buckets: [number, number][] = [];
    this.#counts.forEach((count, index) => {
      if (count > 0) buckets.push([index, count]);
    });
    return { buckets, maxNs: this.#maxNs, minNs: this.#count === 0 ? 0 : this.#minNs };
  }

  /** Every bucket that holds something, lowest first: the middle of it, and how many. */
  *entries(): Generator<readonly [ns: number, count: number]> {
    for (const [index, count] of this.data().buckets)
      yield [clamp(middleNs(index), this.#minNs, this.#maxNs), count];
  }
}

/** A histogram as it travels and as it is kept. */
export interface HistogramData {
  /** Bucket and count, only what holds something. */
  readonly buckets: readonly (readonly [number, number])[];
  readonly maxNs: number;
  readonly minNs: number;
}

/** Up to 2 ** 44 ns, almost five hours. */
const DOUBLINGS = 44;
const STEPS = 1_024;
const BUCKETS = DOUBLINGS * STEPS;
/** The exponent of 1 in a double. */
const BIAS = 1_023;
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);

function bucketOf(ns: number): number {
  if (!(ns > 1)) return 0;
  asDouble[0] = ns;
  return Math.min(BUCKETS - 1, ((asWords[HIGH] as number) >>> 10) - BIAS * STEPS);
}

function middleNs(index: number): number {
  const power = Math.floor(index / STEPS);
  return 2 ** power * (1 + ((index % STEPS) + 0.5) / STEPS);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
