/** Counts what workers do in this process, from core's diagnostics channels. */
import type { Channel } from 'node:diagnostics_channel';
import { diagnostics, Histogram } from '@jetlane/core';
import type { Report } from './protocol.ts';

/** A running count. */
export interface Tally {
  /** Makes a worker part of every report, from now on. */
  expect(worker: string, stream: string): void;
  /** What happened since the last call. */
  take(): Report;
  stop(): void;
}

interface Counts {
  stream: string;
  delivered: number;
  redelivered: number;
  settled: number;
  retried: number;
  buried: number;
  lag: number | undefined;
  readonly latency: Histogram;
}

/** Starts counting. */
export function startTally(): Tally {
  const workers = new Map<string, Counts>();
  let published = 0;
  let duplicates = 0;
  let publishFailed = 0;

  function of(event: { readonly worker: string; readonly stream: string }): Counts {
    const known = workers.get(event.worker);
    if (known !== undefined) return known;
    const counts = { ...zero(), stream: event.stream, latency: new Histogram() };
    workers.set(event.worker, counts);
    return counts;
  }

  const stops = [
    listen(diagnostics.publish, ({ error, duplicate }) => {
      if (error !== undefined) publishFailed++;
      else published++;
      if (duplicate) duplicates++;
    }),
    listen(diagnostics.deliver, (event) => {
      const counts = of(event);
      counts.delivered++;
      if (event.attempt > 1) counts.redelivered++;
      counts.lag = event.pending;
    }),
    listen(diagnostics.settle, (event) => {
      const counts = of(event);
      counts.settled++;
      counts.latency.record(event.durationMs);
    }),
    listen(diagnostics.retry, (event) => {
      of(event).retried++;
    }),
    listen(diagnostics.bury, (event) => {
      of(event).buried++;
    }),
  ];

  return {
    expect: (worker, stream) => void of({ worker, stream }),
    take() {
      const report = {
        published,
        duplicates,
        publishFailed,
        workers: [...workers].map(([worker, counts]) => ({
          ...counts,
          worker,
          latency: counts.latency.pairs(),
        })),
      };
      published = 0;
      duplicates = 0;
      publishFailed = 0;
      for (const counts of workers.values()) {
        Object.assign(counts, zero());
        counts.latency.clear();
      }
      return report;
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

function zero() {
  return { delivered: 0, redelivered: 0, settled: 0, retried: 0, buried: 0, lag: undefined };
}

function listen<T>(on: Channel<unknown, T>, listener: (event: T) => void): () => void {
  const hear = (event: unknown) => listener(event as T);
  on.subscribe(hear);
  return () => void on.unsubscribe(hear);
}
