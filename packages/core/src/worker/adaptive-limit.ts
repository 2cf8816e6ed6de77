import { unknownOptions } from '@jetlane/contracts';
import { shown } from '../printed.ts';

/**
 * How many calls should run at once, learned from how long they take. Pure: time comes in with each call.
 *
 * Calls are looked at in windows. The baseline is what a call takes when it need not queue. While a window stays under
 * `TOLERANCE` times that and all places were in use, the limit grows: doubling at first, later by its square root. Above,
 * it shrinks in proportion, at most to half. As a dependency may get slower or faster for good, the baseline is measured
 * anew: whenever the limit stands at its minimum, and every `REMEASURE` windows with a quarter of the limit.
 */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** One call, by a clock that nobody sets back. */
export interface Call {
  readonly beganMs: number;
  readonly endedMs: number;
  /** Calls that ran when it ended, itself included. */
  readonly running: number;
  readonly failed: boolean;
}

/** All that is wrong with `concurrency`, in words. */
export function concurrencyProblems(given: number | Bounds | undefined): string[] {
  if (given === undefined) return [];
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
  if (typeof given !== 'object' || given === null)
    return isCount(given)
      ? []
      : [
          `'concurrency' must be a whole number from 1, not ${shown(given)}; or bounds, { min, max }`,
        ];
  const { min, max } = given;
  const problems = unknownOptions(given, ['min', 'max'], 'concurrency.');
  if (!isCount(min) || !isCount(max))
    problems.push(
      `'concurrency' must have bounds of whole numbers from 1, not { min: ${shown(min)}, max: ${shown(max)} }`,
    );
  else if (min > max)
    problems.push(`'concurrency.min' (${min}) must not be more than 'concurrency.max' (${max})`);
  return problems;
}

const TOLERANCE = 1.3;
const SHRINK_MIN = 0.5;
const WINDOW_MIN = 20;
const WINDOW_MAX = 500;
const REMEASURE = 50;

/** See the head of this file. */
export class AdaptiveLimit {
  readonly #bounds: Bounds;
  #limit: number;
  /** What the limit goes back to after the baseline was measured. */
  #resumeAt: number | undefined;
  #baselineMs = Number.POSITIVE_INFINITY;
  #doubling = true;
  #windows = 0;
  /** Calls that began earlier ran under another limit. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #calls = 0;
  #sumMs = 0;
  #isFull = false;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
    this.#limit = bounds.min;
  }

  /** Calls that may run at once: a whole number within the bounds. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Takes note of a call; the limit may differ afterwards. */
  note({ beganMs, endedMs, running, failed }: Call): void {
    if (beganMs < this.#sinceMs) return;
    const tookMs = endedMs - beganMs;
    // To fail fast is no sign of ease.
    if (failed && tookMs <= this.#baselineMs) return;
    this.#calls++;
    this.#sumMs += tookMs;
    this.#isFull ||= running >= this.limit;
    if (this.#calls < Math.min(WINDOW_MAX, Math.max(WINDOW_MIN, 2 * this.limit))) return;
    this.#adjust(this.#sumMs / this.#calls);
    this.#sinceMs = endedMs;
    this.#calls = 0;
    this.#sumMs = 0;
    this.#isFull = false;
  }

  #adjust(meanMs: number): void {
    this.#windows++;
    if (this.#resumeAt !== undefined) {
      this.#baselineMs = meanMs;
      this.#set(this.#resumeAt);
      this.#resumeAt = undefined;
      return;
    }
    this.#follow(meanMs);
    const bearableMs = TOLERANCE * this.#baselineMs;
    if (meanMs > bearableMs) {
      this.#doubling = false;
      this.#set(this.#limit * Math.max(SHRINK_MIN, bearableMs / meanMs));
    } else if (this.#isFull) {
      this.#set(this.#doubling ? this.#limit * 2 : this.#limit + Math.sqrt(this.#limit));
    }
    if (this.#windows % REMEASURE !== 0 || this.limit === this.#bounds.min) return;
    this.#resumeAt = this.#limit;
    this.#set(this.#limit / 4);
  }

  /** Moves the baseline down step by step, lest one lucky window passes for what is normal. */
  #follow(meanMs: number): void {
    const isMeasured = this.#baselineMs !== Number.POSITIVE_INFINITY;
    if (this.limit === this.#bounds.min || !isMeasured) this.#baselineMs = meanMs;
    else if (meanMs < this.#baselineMs) this.#baselineMs += (meanMs - this.#baselineMs) / 4;
  }

  #set(limit: number): void {
    const { min, max } = this.#bounds;
    this.#limit = Math.min(max, Math.max(min, limit));
  }
}
