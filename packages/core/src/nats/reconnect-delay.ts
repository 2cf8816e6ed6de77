const DELAY_MIN_MS = 50;
const DELAY_MAX_MS = 4_000;

/**
 * How long to wait before the next try to reconnect: as long as the outage has lasted so far, from 50 ms to 4 s, of which a
 * random half is left out, so that a fleet that lost its server does not come back as one. It goes by time and not by
 * tries, because the NATS client asks anew while it is still waiting.
 */
export function reconnectDelay(
  dice: () => number = Math.random,
  now: () => number = () => performance.now(),
): { readonly next: () => number; readonly reset: () => void } {
  let sinceMs: number | undefined;
  return {
    next: () => {
      const nowMs = now();
      sinceMs ??= nowMs;
      const ceilingMs = Math.min(DELAY_MAX_MS, Math.max(DELAY_MIN_MS, nowMs - sinceMs));
      return Math.ceil(ceilingMs * (1 - dice() / 2));
    },
    reset: () => {
      sinceMs = undefined;
    },
  };
}
