/** Climbs from rate to rate until something breaks: the last rate before is the knee. Pure but for the step. */
import type { Figures } from './contest.ts';

/** How far it went. */
export interface Climb {
  /** The last rate that was held. */
  readonly held: { readonly rate: number; readonly figures: Figures } | undefined;
  /** The first one that was not, and why. */
  readonly broken: { readonly rate: number; readonly why: string } | undefined;
}

const FACTOR = 1.5;
const STEPS_MAX = 24;
/** Of the offered rate, that a sender has to reach. */
const ACHIEVED_MIN = 0.97;

/** See the head of this file. */
export async function climb(
  fromRate: number,
  limitUs: number,
  step: (rate: number) => Promise<Figures>,
  signal: AbortSignal,
): Promise<Climb> {
  let held: Climb['held'];
  let rate = fromRate;
  for (let i = 0; i < STEPS_MAX && !signal.aborted; i++) {
    const figures = await step(rate);
    if (signal.aborted) break;
    const why = whyBroken(rate, figures, limitUs);
    if (why !== undefined) return { held, broken: { rate, why } };
    held = { rate, figures };
    rate = roundRate(rate * FACTOR);
  }
  return { held, broken: undefined };
}

/** What broke at this rate; undefined when it was held. */
export function whyBroken(rate: number, figures: Figures, limitUs: number): string | undefined {
  const {
    achievedPerSecond = 0,
    p99Us = Number.POSITIVE_INFINITY,
    missing = 0,
    failed = 0,
  } = figures;
  if (failed > 0) return `${failed} messages were refused`;
  if (missing > 0) return `${missing} messages had not arrived in time`;
  if (achievedPerSecond < rate * ACHIEVED_MIN)
    return `only ${Math.round(achievedPerSecond)} of ${rate} a second could be sent`;
  if (p99Us > limitUs)
    return `p99 ${(p99Us / 1_000).toFixed(0)} ms, over ${(limitUs / 1_000).toFixed(0)} ms`;
  return undefined;
}

/** Two significant digits, so that rates can be read. */
function roundRate(rate: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(rate)) - 1);
  return Math.ceil(rate / unit) * unit;
}
