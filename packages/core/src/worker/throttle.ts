import type { Clock } from '../clock.ts';
import { Queue } from '../queue.ts';
import type { Work } from './gate.ts';
import { Rate } from './rate.ts';
import type { RateLimitSpec } from './rate-limit.ts';

/** What a throttle needs. */
export interface ThrottleOptions<T> {
  readonly limits: readonly RateLimitSpec[];
  readonly clock: Clock;
  /** The key under which a limit counts this work. Never throws. */
  readonly keyOf: (work: Work<T>, limit: RateLimitSpec) => string;
  /** The work may be tried again: it goes before what is new. */
  readonly again: (work: Work<T>, alone: boolean) => void;
}

/**
 * Keeps work to its rate limits. What may not begin yet waits here in the line of its key, which nothing of that key
 * overtakes, and comes back when its time has come. A key has a line, and a line a timer, only while something waits: the
 * caller bounds how much.
 */
export class Throttle<T> {
  readonly #clock: Clock;
  readonly #keyOf: ThrottleOptions<T>['keyOf'];
  readonly #again: ThrottleOptions<T>['again'];
  readonly #limits: readonly Limit<T>[];
  /** What was let back and has not been seen here yet. */
  readonly #returning = new Map<Work<T>, Line<T>>();
  #waiting = 0;
  #refused: ((work: Work<T>) => void) | undefined;

  constructor({ limits, clock, keyOf, again }: ThrottleOptions<T>) {
    this.#clock = clock;
    this.#keyOf = keyOf;
    this.#again = again;
    this.#limits = limits.map((spec) => ({ spec, rate: new Rate(spec), lines: new Map() }));
  }

  /** How much waits here. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Lines and keys that are remembered. */
  get size(): number {
    let size = 0;
    for (const { rate, lines } of this.#limits) size += rate.size + lines.size;
    return size;
  }

  /** True, and counted, when the work may begin now. Else it stays here, and comes back by itself. */
  admit(work: Work<T>, alone: boolean): boolean {
    const from = this.#returning.get(work);
    if (from !== undefined) this.#returning.delete(work);
    const keys = this.#limits.map(({ spec }) => this.#keyOf(work, spec));
    const blocked = this.#blocked(work, keys, from);
    if (blocked === undefined) this.#take(work, keys);
    else if (this.#refused !== undefined) this.#refuse(this.#refused, work, blocked);
    else if (blocked === from) this.#watch(from, { work, alone });
    else this.#join(blocked, { work, alone });
    if (from !== undefined && (blocked !== from || this.#refused !== undefined)) this.#next(from);
    return blocked === undefined;
  }

  /** Lets nothing wait any more: gives what does, and hands what would to `refused`. */
  close(refused: (work: Work<T>) => void): Work<T>[] {
    this.#refused = refused;
    const left: Work<T>[] = [];
    for (const { lines } of this.#limits)
      for (const [key, { first, waiting, cancel }] of lines) {
        // Without a timer the first is on its way back.
        if (cancel !== undefined && first !== undefined) {
          cancel();
          left.push(first.work);
          lines.delete(key);
        }
        for (let entry = waiting.shift(); entry; entry = waiting.shift()) left.push(entry.work);
      }
    this.#waiting = 0;
    return left;
  }

  /** The line that this work must wait in: one that others of its key wait in, or that of the limit with the longest wait. */
  #blocked(work: Work<T>, keys: readonly string[], from: Line<T> | undefined): Line<T> | undefined {
    const nowMs = this.#clock.monotonic();
    let longestMs = 0;
    let found: { readonly limit: Limit<T>; readonly key: string } | undefined;
    for (const [index, limit] of this.#limits.entries()) {
      const key = keys[index] as string;
      const line = limit.lines.get(key);
      if (line !== undefined && line !== from) return line;
      const waitMs = limit.rate.waitMs(key, work.length, nowMs);
      if (waitMs <= longestMs) continue;
      longestMs = waitMs;
      found = { limit, key };
    }
    return found && lineOf(found.limit, found.key);
  }

  #take(work: Work<T>, keys: readonly string[]): void {
    const nowMs = this.#clock.monotonic();
    for (const [index, { rate }] of this.#limits.entries())
      rate.take(keys[index] as string, work.length, nowMs);
  }

  #refuse(refused: (work: Work<T>) => void, work: Work<T>, line: Line<T>): void {
    if (line.first === undefined) line.limit.lines.delete(line.key);
    refused(work);
  }

  #join(line: Line<T>, entry: Entry<T>): void {
    if (line.first !== undefined) {
      this.#waiting++;
      line.waiting.push(entry);
    } else this.#watch(line, entry);
  }

  /** Lets the first of a line back when its time has come. */
  #watch(line: Line<T>, entry: Entry<T>): void {
    const { limit, key } = line;
    const { work, alone } = entry;
    line.first = entry;
    const waitMs = limit.rate.waitMs(key, work.length, this.#clock.monotonic());
    this.#waiting++;
    line.cancel = this.#clock.after(Math.ceil(waitMs), () => {
      line.cancel = undefined;
      this.#waiting--;
      this.#returning.set(work, line);
      this.#again(work, alone);
    });
  }

  /** The first of a line is gone. */
  #next(line: Line<T>): void {
    line.first = undefined;
    const entry = line.waiting.shift();
    if (entry === undefined) {
      line.limit.lines.delete(line.key);
      return;
    }
    this.#waiting--;
    this.#watch(line, entry);
  }
}

interface Limit<T> {
  readonly spec: RateLimitSpec;
  readonly rate: Rate;
  /** Keys that something waits for. */
  readonly lines: Map<string, Line<T>>;
}

interface Line<T> {
  readonly limit: Limit<T>;
  readonly key: string;
  /** A timer watches it, or it is on its way back. */
  first: Entry<T> | undefined;
  /** Behind the first. */
  readonly waiting: Queue<Entry<T>>;
  cancel: (() => void) | undefined;
}

interface Entry<T> {
  readonly work: Work<T>;
  readonly alone: boolean;
}

function lineOf<T>(limit: Limit<T>, key: string): Line<T> {
  const known = limit.lines.get(key);
  if (known !== undefined) return known;
  const line: Line<T> = { limit, key, first: undefined, waiting: new Queue(), cancel: undefined };
  limit.lines.set(key, line);
  return line;
}
