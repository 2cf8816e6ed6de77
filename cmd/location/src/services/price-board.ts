/** Supply and demand by cell, and the price factor that follows. Pure. */

/** What the board needs of a report. */
export interface Supply {
  readonly driverId: string;
  readonly cell: string;
  readonly status: string;
  readonly takenAtMs: number;
}

/** A cell whose factor changed. */
export interface Price {
  readonly cell: string;
  readonly supply: number;
  readonly demand: number;
  readonly multiplier: number;
}

/** Counts free drivers and recent riders. */
export interface PriceBoard {
  driver(report: Supply): void;
  rider(cell: string, atMs: number): void;
  /** Cells whose factor is another one than at the last call. */
  changes(nowMs: number): Price[];
}

const DEMAND_WINDOW_MS = 60_000;
const MULTIPLIER_MAX = 3;
/** Up to one rider to five free drivers the price is plain. */
const CALM_RATIO = 0.2;

/**
 * An empty board. `demandScale`: of several processes that share the riders each sees one in so
 * many, while it soon sees every driver; so it counts each rider that often.
 */
export function priceBoard(demandScale = 1): PriceBoard {
  const drivers = new Map<string, Supply>();
  const supply = new Map<string, number>();
  const demand = new Map<string, number>();
  const recent: { cell: string; atMs: number }[] = [];
  const shown = new Map<string, number>();
  const count = (counts: Map<string, number>, cell: string, by: number) => {
    const now = (counts.get(cell) ?? 0) + by;
    if (now > 0) counts.set(cell, now);
    else counts.delete(cell);
  };
  return {
    driver(report) {
      const before = drivers.get(report.driverId);
      if (before && before.takenAtMs > report.takenAtMs) return;
      if (before?.status === 'free') count(supply, before.cell, -1);
      if (report.status === 'free') count(supply, report.cell, 1);
      drivers.set(report.driverId, report);
    },
    rider(cell, atMs) {
      recent.push({ cell, atMs });
      count(demand, cell, 1);
    },
    changes(nowMs) {
      while (recent[0] && nowMs - recent[0].atMs > DEMAND_WINDOW_MS) {
        count(demand, (recent.shift() as { cell: string }).cell, -1);
      }
      const changed: Price[] = [];
      for (const cell of new Set([...demand.keys(), ...shown.keys()])) {
        const wanted = Math.round((demand.get(cell) ?? 0) * demandScale);
        const free = supply.get(cell) ?? 0;
        const multiplier = factor(free, wanted);
        if (multiplier === (shown.get(cell) ?? 1)) continue;
        if (multiplier === 1) shown.delete(cell);
        else shown.set(cell, multiplier);
        changed.push({ cell, supply: free, demand: wanted, multiplier });
      }
      return changed;
    },
  };
}

/** 1 while calm, up to {@link MULTIPLIER_MAX}, in steps of a tenth. */
function factor(supply: number, demand: number): number {
  const excess = demand / Math.max(1, supply) - CALM_RATIO;
  const multiplier = Math.min(MULTIPLIER_MAX, 1 + Math.max(0, excess));
  return Math.round(multiplier * 10) / 10;
}
