/**
 * How much this machine holds: one run after another, each with half as many drivers again, until one does not hold; then
 * twice between the last that held and the first that did not. Every run starts from nothing, so none pays for the one before.
 */
import type { Result } from './figures.ts';
import type { RunOptions } from './options.ts';
import type { RunEnd } from './run.ts';

/** One run of a ramp. */
export interface RampStep {
  readonly drivers: number;
  readonly held: boolean;
  readonly limit: string;
  /** Of the slowest service, in milliseconds. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly lag: number;
  readonly lost: number;
  readonly result: Result;
}

/** The whole ramp. */
export interface RampEnd {
  /** In the order of the runs. */
  readonly steps: readonly RampStep[];
  /** The largest load that held; null when not even the first did. */
  readonly knee: { readonly drivers: number; readonly perS: number } | null;
  /** What limits above the knee; null when nothing broke. */
  readonly limit: string | null;
}

const GROWTH = 1.5;
const HALVINGS = 2;
const STEPS_MAX = 20;
const DRIVERS_MAX = 200_000;
const STEP_MS = 10_000;

/** Runs the steps; `runOnce` is a run of the demo, and `tell` gets each step as it ends. */
export async function ramp(
  options: RunOptions,
  runOnce: (options: RunOptions) => Promise<RunEnd>,
  tell: (step: RampStep) => void,
  stopped: AbortSignal,
): Promise<RampEnd> {
  const steps: RampStep[] = [];
  let held: RampStep | undefined;
  let broke: RampStep | undefined;
  const step = async (drivers: number) => {
    const { result } = await runOnce({ ...options, drivers, forMs: options.forMs ?? STEP_MS });
    const taken = toStep(drivers, result, options.p99MaxMs);
    if (stopped.aborted) return; // cut short: it tells nothing
    steps.push(taken);
    tell(taken);
    if (taken.held) held = taken;
    else broke = taken;
  };
  let next = options.drivers;
  while (!broke && !stopped.aborted && steps.length < STEPS_MAX) {
    await step(next);
    if (next === DRIVERS_MAX) break;
    next = Math.min(DRIVERS_MAX, Math.ceil(next * GROWTH));
  }
  for (let i = 0; i < HALVINGS && held && broke && !stopped.aborted; i++) {
    await step(Math.round((held.drivers + broke.drivers) / 2));
  }
  const perS = held?.result.load.achievedPerS ?? 0;
  return {
    steps,
    knee: held ? { drivers: held.drivers, perS } : null,
    limit: broke?.limit ?? null,
  };
}

/** The table's head. */
export const RAMP_HEAD =
  ' drivers  offered/s confirmed/s   p50 ms   p99 ms      lag  simulator services server others  held';

/** One step as a line of the table. */
export function rampLine({ drivers, held, p50, p99, lag, result }: RampStep): string {
  const { intendedPerS, achievedPerS, cores } = result.load;
  const services = Object.values(cores.services).reduce((sum, one) => sum + one, 0);
  const used = (value: number | null) => (value === null ? '-' : value.toFixed(2));
  return [
    whole(drivers).padStart(8),
    whole(intendedPerS).padStart(11),
    whole(achievedPerS).padStart(12),
    (p50?.toFixed(1) ?? '-').padStart(9),
    (p99?.toFixed(1) ?? '-').padStart(9),
    whole(lag).padStart(9),
    used(cores.simulator).padStart(11),
    used(services).padStart(9),
    used(cores.server).padStart(7),
    used(cores.others).padStart(7),
    (held ? 'yes' : 'no').padStart(6),
  ].join('');
}

/** What a ramp found, in words. */
export function rampSummary({ knee, limit }: RampEnd): string[] {
  return [
    knee
      ? `the knee: ${whole(knee.drivers)} drivers, ${whole(knee.perS)} reports a second to each service`
      : 'not even the first step held: start with fewer --drivers',
    limit === null ? 'nothing broke: start with more --drivers' : `above it: ${limit}`,
  ];
}

function toStep(drivers: number, result: Result, p99MaxMs: number): RampStep {
  const services = Object.values(result.services);
  const slowest = (of: 'p50' | 'p99') =>
    services.reduce<number | null>((most, { latencyMs }) => {
      const value = latencyMs[of];
      return value === null ? most : Math.max(most ?? 0, value);
    }, null);
  const p99 = slowest('p99');
  const slow = p99 === null || p99 > p99MaxMs;
  const { held, limit } = result.load;
  return {
    drivers,
    held: held && !slow,
    limit:
      held && slow
        ? `p99 ${p99?.toFixed(0) ?? '-'} ms is over ${p99MaxMs} ms; nothing else gave way`
        : limit,
    p50: slowest('p50'),
    p99,
    lag: Math.max(...services.map(({ lagAtEnd }) => lagAtEnd)),
    lost: services.reduce((sum, { lost }) => sum + lost, 0),
    result,
  };
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
