import { unknownOptions } from '@jetlane/contracts';
import { shown } from '../printed.ts';

/**
 * How many publishes may be in flight, learned from how long their acks take. Pure: time comes in with each ack.
 *
 * A window that is too small leaves the server idle; beyond a point more of it only makes acks wait in line, at the server or
 * in sockets. An ack of an uncrowded connection takes the baseline, which is measured with the floor in flight. The window
 * grows while all of it is in use and the median ack of eight takes less than the baseline times what the dial allows, and
 * shrinks above. A connection or a stream may get slower for good: so the baseline is measured anew every ten seconds, which
 * takes eight acks at the floor.
 */
export interface WindowRange {
  /**
   * What to give up the other for. `'latency'`: acks take up to twice as long as they do with `min` in flight; `'balanced'`:
   * up to eight times; `'throughput'`: up to 32 times.
   */
  readonly favor: Favor;
  /** Never fewer in flight. Default 16. */
  readonly min?: number;
  /** Never more in flight. Default 4,096. */
  readonly max?: number;
}

/** See {@link WindowRange.favor}. */
export type Favor = 'latency' | 'balanced' | 'throughput';

/** The largest window that the option allows. */
export function windowMax(given: number | WindowRange): number {
  return typeof given === 'number' ? given : (given.max ?? DEFAULTS.max);
}

/** All that is wrong with `maxInFlight`, in words. */
export function windowProblems(given: unknown): string[] {
  if (given === undefined || isCount(given)) return [];
  if (typeof given !== 'object' || given === null)
    return [
      `'maxInFlight' must be a whole number from 1, or { favor, min, max }, not ${shown(given)}`,
    ];
  const { favor, min = DEFAULTS.min, max = DEFAULTS.max } = given as Partial<WindowRange>;
  const problems = unknownOptions(given, ['favor', 'min', 'max'], 'maxInFlight.');
  if (!Object.hasOwn(PATIENCE, String(favor)))
    problems.push(
      `'maxInFlight.favor' must be 'latency', 'balanced' or 'throughput', not ${shown(favor)}`,
    );
  if (!isCount(min) || !isCount(max))
    problems.push(
      `'maxInFlight' must have bounds of whole numbers from 1, not { min: ${shown(min)}, max: ${shown(max)} }`,
    );
  else if (min > max)
    problems.push(`'maxInFlight.min' (${min}) must not be more than 'maxInFlight.max' (${max})`);
  return problems;
}

/** See the head of this file. */
export class AdaptiveWindow {
  readonly #patience: number;
  readonly #min: number;
  readonly #max: number;
  #limit: number;
  #baselineMs = Number.POSITIVE_INFINITY;
  /** What the window goes back to once the baseline is measured. */
  #resumeAt: number | undefined;
  #measureAtMs = Number.NEGATIVE_INFINITY;
  /** Acks of messages that were sent before were on their way with another window. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #isFull = false;
  #medianMs: number | undefined;
  readonly #round: number[] = [];

  constructor({ favor, min = DEFAULTS.min, max = DEFAULTS.max }: WindowRange) {
    this.#patience = PATIENCE[favor];
    this.#min = min;
    this.#max = max;
    this.#limit = min;
  }

  /** Messages that may be in flight: a whole number between floor and ceiling. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** The median of the last eight acks that were measured; undefined before. */
  get ackMs(): number | undefined {
    return this.#medianMs;
  }

  /** Says that a message had to wait because the window was full. */
  filled(): void {
    this.#isFull = true;
  }

  /** Takes note of an ack, of a message sent once; the limit may differ afterwards. */
  note(sentMs: number, ackedMs: number): void {
    if (sentMs < this.#sinceMs) return;
    this.#round.push(ackedMs - sentMs);
    if (this.#round.length < ROUND) return;
    const median = this.#round.sort((a, b) => a - b)[ROUND / 2] as number;
    this.#medianMs = median;
    this.#adjust(median, ackedMs);
    this.#round.length = 0;
    this.#isFull = false;
  }

  #adjust(median: number, nowMs: number): void {
    if (this.limit === this.#min || this.#resumeAt !== undefined) {
      // With less than the floor in flight acks take less than the baseline.
      if (this.#isFull || this.#baselineMs === Number.POSITIVE_INFINITY) this.#baselineMs = median;
      this.#measureAtMs = nowMs + MEASURE_EVERY_MS;
    }
    if (this.#resumeAt !== undefined) {
      this.#set(this.#resumeAt, nowMs);
      this.#resumeAt = undefined;
      return;
    }
    const bearableMs = this.#patience * this.#baselineMs;
    if (median > bearableMs)
      this.#set(this.#limit * Math.max(SHRINK_MIN, bearableMs / median), nowMs);
    else if (this.#isFull)
      this.#set(this.#limit * (median < bearableMs / 2 ? GROW : GROW_NEAR), nowMs);
    if (nowMs < this.#measureAtMs || this.limit === this.#min) return;
    this.#resumeAt = this.#limit;
    this.#set(this.#min, nowMs);
  }

  #set(limit: number, nowMs: number): void {
    // What is below a whole number must not hold it where it is.
    const wanted = limit > this.#limit ? Math.max(limit, this.#limit + 1) : limit;
    this.#limit = Math.min(this.#max, Math.max(this.#min, wanted));
    this.#sinceMs = nowMs;
  }
}

const DEFAULTS = { min: 16, max: 4_096 };
const PATIENCE: Readonly<Record<Favor, number>> = { latency: 2, balanced: 8, throughput: 32 };
const ROUND = 8;
const GROW = 1.5;
const GROW_NEAR = 1.1;
const SHRINK_MIN = 0.5;
const MEASURE_EVERY_MS = 10_000;

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}
