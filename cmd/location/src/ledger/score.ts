/** Compares what services concluded with what the simulation knows. Pure. */
import type { Truth } from '../simulation/cheaters.ts';

/** How good the fraud service is: null where there was nothing to judge. */
export interface FraudScore {
  /** Share of the flagged drivers who do cheat. */
  readonly precision: number | null;
  /** Share of the drivers who have begun to cheat that were flagged. */
  readonly recall: number | null;
}

/** Judges the flagged drivers. */
export function scoreFraud(flagged: ReadonlySet<string>, truth: Truth): FraudScore {
  let right = 0;
  for (const driverId of flagged) if (truth.cheats.has(driverId)) right++;
  let found = 0;
  for (const driverId of truth.begun) if (flagged.has(driverId)) found++;
  return {
    precision: flagged.size === 0 ? null : right / flagged.size,
    recall: truth.begun.size === 0 ? null : found / truth.begun.size,
  };
}

/** Joins the first estimate of each leg with its real end. Neither its size nor its cost grows with the length of a run. */
export interface EtaScore {
  estimated(rideId: string, leg: string, madeAtMs: number, arrivesAtMs: number): void;
  ended(rideId: string, leg: string, atMs: number): void;
  /** Legs with both. */
  readonly measured: number;
  /** The middle of the absolute errors, in seconds, to a hundredth; null while there is none. */
  medianAbsErrorS(): number | null;
}

const UNMATCHED_MAX = 50_000;
const STEPS_PER_S = 100;
/** Errors of an hour and more are counted as one hour. */
const ERROR_MAX_S = 3600;

/**
 * An empty score. The first estimate of a leg counts, which is the hardest to make. An estimate
 * made after the leg's end is ignored.
 */
export function etaScore(): EtaScore {
  const promised = new Map<string, { madeAtMs: number; arrivesAtMs: number }>();
  /** How many errors were of so many steps. */
  const counts = new Uint32Array(ERROR_MAX_S * STEPS_PER_S + 1);
  let measured = 0;
  return {
    estimated(rideId, leg, madeAtMs, arrivesAtMs) {
      const key = `${rideId}/${leg}`;
      const before = promised.get(key);
      if (before && before.madeAtMs <= madeAtMs) return;
      promised.set(key, { madeAtMs, arrivesAtMs });
      if (promised.size > UNMATCHED_MAX) promised.delete(promised.keys().next().value as string);
    },
    ended(rideId, leg, atMs) {
      const key = `${rideId}/${leg}`;
      const promise = promised.get(key);
      promised.delete(key);
      if (promise && promise.madeAtMs < atMs) {
        const errorS = Math.min(ERROR_MAX_S, Math.abs(promise.arrivesAtMs - atMs) / 1000);
        const step = Math.round(errorS * STEPS_PER_S);
        counts[step] = (counts[step] as number) + 1;
        measured++;
      }
    },
    get measured() {
      return measured;
    },
    medianAbsErrorS() {
      if (measured === 0) return null;
      const middle = Math.floor(measured / 2);
      let step = 0;
      for (let seen = counts[0] as number; seen <= middle; seen += counts[step] as number) step++;
      return step / STEPS_PER_S;
    },
  };
}
