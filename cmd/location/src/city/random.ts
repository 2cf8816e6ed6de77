/**
 * Seeded randomness (sfc32). The same seed and label give the same numbers on every machine, and
 * two labels give unrelated ones, so that a new use of chance does not shift the others.
 */

/** A source of reproducible numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  /** Normal with mean 0 and deviation 1. */
  normal(): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** Puts the values in random order, in place. */
  shuffle(values: Int32Array): void;
}

/** Makes the source for one use (`label`) of one `seed`. */
export function seededRandom(seed: number, label: string): Random {
  const next = sfc32(seed, hash(label));
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const held = values[i] as number;
        values[i] = values[j] as number;
        values[j] = held;
      }
    },
  };
}

function sfc32(seed: number, label: number): () => number {
  let a = seed | 0;
  let b = label | 0;
  let c = 0x9e3779b9 | 0;
  let count = 1;
  const next = () => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) next(); // mixes nearby seeds apart
  return next;
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value;
}
