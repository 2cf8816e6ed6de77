/** What arrives on the other side: how many, how fast, how late, each message once. */
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import type { Position } from '../measure/position.ts';

/** What is waited for on the other side. */
export interface ArrivalsRound {
  /** Messages due before do not count. */
  readonly fromNs: number;
  /** Of numbers below: all that was published. */
  readonly count: number;
  /** Those before do not count either. */
  readonly skip: number;
  /** Ends then, whatever is missing; counted from the first message where `afterFirst`. */
  readonly withinMs: number;
  readonly afterFirst: boolean;
}

/** What came of it. */
export interface ArrivalsResult {
  /** Different ones. */
  readonly received: number;
  readonly duplicates: number;
  /** From the first that counts to the last. */
  readonly elapsedMs: number;
  readonly cpuUs: number;
  /** From when each was due to when the handler had it. */
  readonly latencyNs: HistogramData;
}

/** A count that runs. */
export interface Arrivals {
  take(position: Position, ns: number): void;
  readonly result: Promise<ArrivalsResult>;
}

/** See the head of this file. */
export function arrivals(
  { fromNs, count, skip, withinMs, afterFirst }: ArrivalsRound,
  signal: AbortSignal,
): Arrivals {
  const latency = new Histogram();
  const seen = new Uint8Array(count);
  let received = 0;
  let duplicates = 0;
  let first: { readonly ns: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  let lastNs = 0;
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  signal.addEventListener('abort', finish, { once: true });
  const expire = () => setTimeout(finish, withinMs);
  let timer = setTimeout(finish, afterFirst ? FIRST_WITHIN_MS : withinMs);
  const end = async (): Promise<ArrivalsResult> => {
    await finished;
    clearTimeout(timer);
    const { user, system } = process.cpuUsage(first?.cpu);
    return {
      received,
      duplicates,
      elapsedMs: first === undefined ? 0 : (lastNs - first.ns) / 1e6,
      cpuUs: first === undefined ? 0 : user + system,
      latencyNs: latency.data(),
    };
  };
  return {
    take({ n, sentNs }, ns) {
      if (n < skip || n >= count || sentNs < fromNs) return;
      if (first === undefined) {
        first = { ns, cpu: process.cpuUsage() };
        if (afterFirst) {
          clearTimeout(timer);
          timer = expire();
        }
      }
      if (seen[n] === 1) {
        duplicates++;
        return;
      }
      seen[n] = 1;
      received++;
      lastNs = ns;
      latency.record(ns - sentNs);
      if (received === count - skip) finish();
    },
    result: end(),
  };
}

/** A group may take that long to form. */
const FIRST_WITHIN_MS = 15_000;
