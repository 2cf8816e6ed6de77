const DELAY_MIN_MS = 50;
const DELAY_MAX_MS = 4_000;

/**
 * How long to wait before the next try to reconnect: doubling from 50 ms to 4 s, each with full jitter, so that a fleet
 * that lost its server does not come back as one.
 */
export function reconnectDelay(dice: () => number = Math.random): {
  readonly next: () => number;
  readonly reset: () => void;
} {
  let tries = 0;
  return {
    next: () => {
      const ceilingMs = Math.min(DELAY_MAX_MS, DELAY_MIN_MS * 2 ** tries++);
      return Math.ceil(ceilingMs * dice());
    },
    reset: () => {
      tries = 0;
    },
  };
}
