/** What the page remembers of past snapshots: enough for its charts, and bounded. */
import type { Snapshot, Totals } from '../../src/wire.ts';
import { feed } from './feed.ts';

/** Sums at one moment. */
export interface PastTotals {
  readonly atMs: number;
  readonly totals: Totals;
}

const momentsMax = 300;
const lagsMax = 60;

/** Sums of past snapshots, oldest first; the same array for as long as the page lives. */
export const pastTotals: PastTotals[] = [];
const lags = new Map<string, number[]>();

/** The lag of a consumer in past snapshots, oldest first: at most 60. */
export function pastLags(stream: string, consumer: string): readonly number[] {
  return lags.get(keyOf(stream, consumer)) ?? [];
}

/** Starts to remember, and goes on until the page is closed. */
export function keepHistory(): void {
  let newest = -1;
  feed.subscribe(() => {
    const { snapshot } = feed.get();
    if (!snapshot || snapshot.number === newest || snapshot.state !== 'connected') return;
    newest = snapshot.number;
    remember(snapshot);
  });
}

function remember({ atMs, totals, streams }: Snapshot): void {
  pastTotals.push({ atMs, totals });
  if (pastTotals.length > momentsMax) pastTotals.shift();
  const there = new Set<string>();
  for (const { consumers } of streams) {
    for (const { stream, name, lag } of consumers) {
      const key = keyOf(stream, name);
      there.add(key);
      const past = lags.get(key) ?? [];
      past.push(lag);
      if (past.length > lagsMax) past.shift();
      lags.set(key, past);
    }
  }
  for (const key of lags.keys()) if (!there.has(key)) lags.delete(key);
}

/** Names hold no spaces. */
function keyOf(stream: string, consumer: string): string {
  return `${stream} ${consumer}`;
}
