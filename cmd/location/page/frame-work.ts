/** How long the script works for each frame: drawing it, and taking in what came since the last one. In a ring, for whoever asks. */

/** The record. */
export interface FrameWork {
  /** Does something that belongs to the next frame. */
  during<T>(work: () => T): T;
  /** A frame ends: what was done since the last one is noted. */
  end(): void;
  /** The last frames' work, oldest first, in milliseconds. */
  readonly workMs: readonly number[];
  /** Below which so large a share of them lies; null before the first. */
  quantileMs(share: number): number | null;
  clear(): void;
}

/** Ten seconds at 60 frames a second. */
const KEPT = 600;

/** None yet. */
export function frameWork(): FrameWork {
  const ring = new Float64Array(KEPT);
  let [next, held, spentMs] = [0, 0, 0];
  const ordered = () =>
    held < KEPT ? [...ring.subarray(0, held)] : [...ring.subarray(next), ...ring.subarray(0, next)];
  return {
    during(work) {
      const beganMs = performance.now();
      try {
        return work();
      } finally {
        spentMs += performance.now() - beganMs;
      }
    },
    end() {
      ring[next] = spentMs;
      spentMs = 0;
      next = (next + 1) % KEPT;
      held = Math.min(KEPT, held + 1);
    },
    get workMs() {
      return ordered();
    },
    quantileMs(share) {
      const sorted = ordered().sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
    },
    clear() {
      [next, held, spentMs] = [0, 0, 0];
    },
  };
}
