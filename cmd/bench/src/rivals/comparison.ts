/** From the trials of all rounds to what is said of each rival. Pure. */
import type { Trial } from './trial.ts';

/** The median of the rounds, and what lay at the ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A rival's result. */
export interface Standing {
  readonly rival: string;
  readonly rounds: number;
  readonly publish: Measured | null;
  readonly work: Measured | null;
  readonly latency: readonly LatencyStanding[];
  /** What went wrong, in words, each once. */
  readonly failures: readonly string[];
}

/** A throughput over the rounds. */
export interface Measured {
  readonly perSecond: Spread;
  /** Jetlane's rate ÷ this one's, of the same round. */
  readonly ratio: Spread | null;
  readonly cpuUs: Spread | null;
  readonly serverCpuUs: Spread | null;
}

/** A latency over the rounds. */
export interface LatencyStanding {
  readonly perSecond: number;
  readonly p50Us: Spread | null;
  readonly p99Us: Spread | null;
  /** This one's p50 ÷ Jetlane's, of the same round. */
  readonly ratio: Spread | null;
  /** Lowest share of the messages that arrived, over the rounds. */
  readonly arrived: number;
  /** Whether the rate was held in every round: with a queue that grows there is no latency to speak of. */
  readonly held: boolean;
}

/** Less than that is a rate that was not held. */
const HELD_MIN = 0.99;

/** The spread of some numbers; null without any. */
export function spread(values: readonly (number | null | undefined)[]): Spread | null {
  const sorted = values
    .filter((value): value is number => typeof value === 'number' && Number.isFinite(value))
    .sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] as number;
  const high = sorted[Math.floor(half)] as number;
  return { median: (low + high) / 2, min, max };
}

/** What `rival` did, against `ours` in the same rounds. */
export function standingOf(rival: string, trials: readonly Trial[], ours: string): Standing {
  const own = trials.filter((trial) => trial.rival === rival);
  const base = new Map(
    trials.filter((trial) => trial.rival === ours).map((trial) => [trial.round, trial]),
  );
  return {
    rival,
    rounds: own.length,
    publish: measured(own, base, (trial) => trial.publish),
    work: measured(own, base, (trial) => trial.work),
    latency: ratesOf(own).map((rate) => latencyOf(own, base, rate)),
    failures: [...new Set(own.flatMap(({ failure }) => failure ?? []))],
  };
}

type Base = ReadonlyMap<number, Trial>;

function measured(
  own: readonly Trial[],
  base: Base,
  of: (trial: Trial) => Trial['publish'],
): Measured | null {
  const perSecond = spread(own.map((trial) => of(trial)?.perSecond));
  if (perSecond === null) return null;
  const ratios = own.map((trial) => {
    const ours = base.get(trial.round);
    return divided(ours && of(ours)?.perSecond, of(trial)?.perSecond);
  });
  return {
    perSecond,
    ratio: spread(ratios),
    cpuUs: spread(own.map((trial) => of(trial)?.cpuUs)),
    serverCpuUs: spread(own.map((trial) => of(trial)?.serverCpuUs)),
  };
}

function latencyOf(own: readonly Trial[], base: Base, perSecond: number): LatencyStanding {
  const at = (trial: Trial | undefined) =>
    trial?.latency.find((latency) => latency.perSecond === perSecond);
  const arrived = Math.min(...own.flatMap((trial) => at(trial)?.arrived ?? []));
  const held = arrived >= HELD_MIN;
  const ratios = own.map((trial) => divided(at(trial)?.p50Us, at(base.get(trial.round))?.p50Us));
  return {
    perSecond,
    p50Us: held ? spread(own.map((trial) => at(trial)?.p50Us)) : null,
    p99Us: held ? spread(own.map((trial) => at(trial)?.p99Us)) : null,
    ratio: held ? spread(ratios) : null,
    arrived,
    held,
  };
}

function ratesOf(own: readonly Trial[]): number[] {
  const rates = own.flatMap(({ latency }) => latency.map(({ perSecond }) => perSecond));
  return [...new Set(rates)].sort((a, b) => a - b);
}

function divided(dividend: number | undefined, divisor: number | undefined): number | null {
  if (dividend === undefined || divisor === undefined || divisor === 0) return null;
  return dividend / divisor;
}
