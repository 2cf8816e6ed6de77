import { type Defects, type SimulationResult, simulate } from './simulation.ts';

/** What many seeds came to. */
export interface ManyResults {
  readonly seeds: number;
  readonly failed: readonly SimulationResult[];
  readonly handled: number;
  readonly buried: number;
  readonly calls: number;
  readonly redelivered: number;
  readonly orderChecks: number;
  readonly happenings: number;
}

/** Which seeds to run. */
export interface ManyOptions {
  readonly from: number;
  readonly count: number;
  /** Goes on until so many have failed. */
  readonly failuresMax: number;
  /** Whether the worker is partitioned. */
  readonly partitions?: boolean;
  readonly defects?: Defects;
}

/** Runs seed after seed. */
export async function simulateMany({
  from,
  count,
  failuresMax,
  partitions = false,
  defects = {},
}: ManyOptions): Promise<ManyResults> {
  const failed: SimulationResult[] = [];
  const sums = { handled: 0, buried: 0, calls: 0, redelivered: 0, orderChecks: 0, happenings: 0 };
  let seeds = 0;
  while (seeds < count && failed.length < failuresMax) {
    const result = await simulate(from + seeds++, { defects, partitions });
    for (const name of SUMS) sums[name] += result[name];
    if (result.violation !== undefined) failed.push(result);
  }
  return { seeds, failed, ...sums };
}

/** How to run one seed again, with a line for all that happens. */
export function replayCommand(seed: number, partitions = false): string {
  return `npm run simulate -- ${partitions ? '--partitions ' : ''}--seed ${seed} --trace`;
}

const SUMS = ['handled', 'buried', 'calls', 'redelivered', 'orderChecks', 'happenings'] as const;
