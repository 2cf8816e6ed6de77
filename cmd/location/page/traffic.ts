/** What this page costs: frames, bytes and reports that came in the last few seconds. */

/** Rates a second. */
export interface TrafficRates {
  readonly framesPerS: number;
  readonly bytesPerS: number;
  /** Messages of the stream that stand behind them. */
  readonly reportsPerS: number;
}

/** The meter. */
export interface Traffic {
  frame(bytes: number, nowMs: number): void;
  reports(count: number, nowMs: number): void;
  rates(nowMs: number): TrafficRates;
}

const SLICE_MS = 500;
const SLICES = 8;

/** Nothing has come yet. */
export function traffic(): Traffic {
  const slices = Array.from({ length: SLICES }, () => ({
    at: -1,
    frames: 0,
    bytes: 0,
    reports: 0,
  }));
  let firstMs: number | undefined;
  const slice = (nowMs: number) => {
    firstMs ??= nowMs;
    const at = Math.floor(nowMs / SLICE_MS);
    const found = slices[at % SLICES] as (typeof slices)[number];
    if (found.at !== at) Object.assign(found, { at, frames: 0, bytes: 0, reports: 0 });
    return found;
  };
  return {
    frame(bytes, nowMs) {
      const now = slice(nowMs);
      now.frames++;
      now.bytes += bytes;
    },
    reports(count, nowMs) {
      slice(nowMs).reports += count;
    },
    rates(nowMs) {
      const at = Math.floor(nowMs / SLICE_MS);
      // The present slice is not full yet, so it does not count.
      const full = slices.filter((one) => one.at < at && one.at > at - SLICES);
      const seconds = Math.max(
        SLICE_MS / 1000,
        Math.min((SLICES - 1) * SLICE_MS, nowMs - (firstMs ?? nowMs)) / 1000,
      );
      const sum = (name: 'frames' | 'bytes' | 'reports') =>
        full.reduce((total, one) => total + one[name], 0) / seconds;
      return { framesPerS: sum('frames'), bytesPerS: sum('bytes'), reportsPerS: sum('reports') };
    },
  };
}
