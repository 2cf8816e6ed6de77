/**
 * A set of stream positions: one bit each, so that ten million cost 1.25 MB and "which of these did
 * the service never handle" is a comparison of words.
 */

/** Stream positions, each once. */
export interface SeqSet {
  readonly size: number;
  /** False if it was there already. */
  add(seq: number): boolean;
  has(seq: number): boolean;
  /** How many of these positions, up to `last` (default: all), `other` has not. */
  missingIn(other: SeqSet, last?: number): number;
  /** Positions added since the last call, as flat pairs of first and last. */
  takeNewRanges(): number[];
  /** Adds what `takeNewRanges` of another set gave. */
  addRanges(ranges: readonly number[]): void;
  /** The words of one chunk; for comparisons. */
  chunk(index: number): Uint32Array | undefined;
}

const CHUNK_BITS = 1 << 16;

/** An empty set. */
export function seqSet(): SeqSet {
  const chunks = new Map<number, Uint32Array>();
  let size = 0;
  let fresh: number[] = [];

  function add(seq: number): boolean {
    const index = Math.floor(seq / CHUNK_BITS);
    let chunk = chunks.get(index);
    if (!chunk) {
      chunk = new Uint32Array(CHUNK_BITS / 32);
      chunks.set(index, chunk);
    }
    const bit = seq % CHUNK_BITS;
    const mask = 1 << (bit & 31);
    const word = chunk[bit >> 5] as number;
    if ((word & mask) !== 0) return false;
    chunk[bit >> 5] = word | mask;
    size++;
    if (fresh.at(-1) === seq - 1) fresh[fresh.length - 1] = seq;
    else fresh.push(seq, seq);
    return true;
  }

  return {
    get size() {
      return size;
    },
    add,
    has(seq) {
      const bit = seq % CHUNK_BITS;
      const word = chunks.get(Math.floor(seq / CHUNK_BITS))?.[bit >> 5] ?? 0;
      return (word & (1 << (bit & 31))) !== 0;
    },
    missingIn(other, last = Number.MAX_SAFE_INTEGER) {
      let missing = 0;
      for (const [index, chunk] of chunks) {
        const theirs = other.chunk(index);
        const bits = Math.min(CHUNK_BITS, last + 1 - index * CHUNK_BITS);
        for (let word = 0; word * 32 < bits; word++) {
          const counted = bits - word * 32 >= 32 ? -1 : (1 << (bits - word * 32)) - 1;
          missing += bitCount((chunk[word] as number) & ~(theirs?.[word] ?? 0) & counted);
        }
      }
      return missing;
    },
    takeNewRanges() {
      const ranges = fresh;
      fresh = [];
      return ranges;
    },
    addRanges(ranges) {
      for (let i = 0; i + 1 < ranges.length; i += 2) {
        for (let seq = ranges[i] as number; seq <= (ranges[i + 1] as number); seq++) add(seq);
      }
    },
    chunk: (index) => chunks.get(index),
  };
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
