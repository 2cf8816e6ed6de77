/** As fast as it goes: calls of the size and number that a client wants, each followed by the next. */
import { nowNs } from '../frame/clock.ts';
import type { Position } from '../measure/position.ts';
import type { Next, Sender } from './rival.ts';

/** Publish as fast as confirmations come. */
export interface FloodRound {
  /** Not counted, though published. */
  readonly warmUpMs: number;
  readonly durationMs: number;
}

/** What came of it. */
export interface FloodResult {
  /** All that was confirmed, warm-up included: so much waits for consumers. */
  readonly total: number;
  /** Of those, in the time that counts. */
  readonly counted: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
}

/** See the head of this file. The first failure ends it: a rival that loses messages has no throughput. */
export async function flood(
  sender: Sender,
  next: Next,
  { warmUpMs, durationMs }: FloodRound,
  signal: AbortSignal,
  progress: (count: number) => void,
): Promise<FloodResult> {
  let sent = 0;
  let total = 0;
  const startNs = nowNs();
  const countNs = startNs + warmUpMs * 1e6;
  const endNs = countNs + durationMs * 1e6;
  let begun:
    | { readonly total: number; readonly cpu: NodeJS.CpuUsage; readonly ns: number }
    | undefined;
  const lane = async () => {
    for (let ns = nowNs(); ns < endNs && !signal.aborted; ns = nowNs()) {
      const batch: Position[] = [];
      while (batch.length < sender.batchMax) batch.push(next(sent++, ns));
      await sender.send(batch);
      await sender.flush?.();
      total += batch.length;
      if (begun === undefined && ns >= countNs)
        begun = { total, cpu: process.cpuUsage(), ns: nowNs() };
    }
  };
  const timer = setInterval(() => progress(total), PROGRESS_MS);
  try {
    await Promise.all(Array.from({ length: sender.callsMax }, lane));
  } finally {
    clearInterval(timer);
  }
  const { total: before = 0, cpu, ns = startNs } = begun ?? {};
  const { user, system } = process.cpuUsage(cpu);
  return {
    total,
    counted: total - before,
    elapsedMs: (nowNs() - ns) / 1e6,
    cpuUs: user + system,
  };
}

const PROGRESS_MS = 200;
