/** A make-believe dependency for the adaptive limit: it serves so many calls side by side, and slows down beyond that. */
export interface Dependency {
  /** What a call takes while it is at ease. */
  readonly baseMs: number;
  /** Calls at once that it serves at full speed, at a given time. */
  readonly places: (atMs: number) => number;
  /** Work that each call beyond that costs all others, as a share. */
  readonly contention: number;
}

/** What came of calling it for a while without a pause. */
export interface Outcome {
  readonly perSecond: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** How many calls may run at once. */
export interface Limiter {
  readonly limit: number;
  note(call: { beganMs: number; endedMs: number; running: number; failed: boolean }): void;
}

/** Calls as often as the limit lets it, for `forMs` of made-up time. The same seed gives the same figures. */
export function saturate(
  { baseMs, places, contention }: Dependency,
  limiter: Limiter,
  { forMs, seed = 1, fromMs = 0 }: { forMs: number; seed?: number; fromMs?: number },
): Outcome {
  const dice = mulberry(seed);
  const running: { beganMs: number; endedMs: number }[] = [];
  const tookMs: number[] = [];
  let nowMs = 0;
  while (nowMs < forMs) {
    while (running.length < limiter.limit) {
      const load = running.length + 1;
      const beyond = Math.max(0, load - places(nowMs));
      const slowdown = (1 + beyond / places(nowMs)) * (1 + contention * beyond);
      // Between a half and one and a half, as calls differ.
      const endedMs = nowMs + baseMs * slowdown * (0.5 + dice());
      running.push({ beganMs: nowMs, endedMs });
    }
    const next = running.reduce((a, b) => (b.endedMs < a.endedMs ? b : a));
    nowMs = next.endedMs;
    limiter.note({ ...next, running: running.length, failed: false });
    running.splice(running.indexOf(next), 1);
    if (nowMs >= fromMs) tookMs.push(next.endedMs - next.beganMs);
  }
  tookMs.sort((a, b) => a - b);
  return {
    perSecond: Math.round((tookMs.length / (forMs - fromMs)) * 1_000),
    meanMs: Math.round(tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length),
    p99Ms: Math.round(tookMs[Math.floor(tookMs.length * 0.99)] as number),
  };
}

/** A limit that never moves. */
export function fixed(limit: number): Limiter {
  return { limit, note: () => {} };
}

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
