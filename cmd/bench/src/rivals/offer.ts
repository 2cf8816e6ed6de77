/**
 * A fixed rate, whatever comes back (open loop): a slow broker shows as latency, not as a lower rate. Between two messages it
 * sleeps in the kernel, in slices, as the open loop of the other benchmarks does.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { nowNs } from '../frame/clock.ts';
import { messageOf } from '../frame/failure.ts';
import { Histogram, type HistogramData } from '../measure/histogram.ts';
import type { Position } from '../measure/position.ts';
import type { Next, Sender } from './rival.ts';

/** Publish at a rate. */
export interface OfferRound {
  readonly perSecond: number;
  /** The first message is due then, on the host's monotonic clock; number `n` a fixed time later. */
  readonly startNs: number;
  readonly count: number;
}

/** What came of it. */
export interface OfferResult {
  readonly sent: number;
  readonly failed: number;
  /** Words of the first failure. */
  readonly failure: string | null;
  /** How late messages were handed to the client: the machine's fault, or the client's CPU. */
  readonly lateNs: HistogramData;
  readonly cpuUs: number;
}

/** See the head of this file. */
export async function offer(
  sender: Sender,
  next: Next,
  { perSecond, startNs, count }: OfferRound,
  signal: AbortSignal,
): Promise<OfferResult> {
  const late = new Histogram();
  const out = outbox(sender);
  const intervalNs = 1e9 / perSecond;
  let made = 0;
  const cpu = process.cpuUsage();
  while ((made < count || out.waiting() > 0) && !signal.aborted && !out.stuck()) {
    const ns = nowNs();
    const due = Math.min(count, Math.floor((ns - startNs) / intervalNs) + 1);
    for (; made < due; made++) {
      const dueNs = startNs + made * intervalNs;
      late.record(ns - dueNs);
      out.add(next(made, dueNs));
    }
    out.send();
    sleepUntil(startNs + made * intervalNs);
    await turn();
  }
  const { user, system } = process.cpuUsage(cpu);
  const sent = made - out.waiting();
  const { failed, failure } = await out.settled();
  return { sent, failed, failure, lateNs: late.data(), cpuUs: user + system };
}

/** An open loop against a broker that stands still must end too. */
const STUCK_MAX = 100_000;
const SETTLE_MS = 5_000;
/** A thread wakes up about that much later than it asked for. */
const WAKE_NS = 60_000;
/** At most that long: what comes in meanwhile must not wait longer. */
const SLICE_NS = 250_000;
const bed = new Int32Array(new SharedArrayBuffer(4));

/** What is to be sent, and what is on its way. */
interface Outbox {
  add(position: Position): void;
  /** Sends what may go now. */
  send(): void;
  waiting(): number;
  stuck(): boolean;
  /** Resolves once all calls have ended, or after a while. */
  settled(): Promise<{ readonly failed: number; readonly failure: string | null }>;
}

/** A client that batches gathers while its calls are under way, as producers of Kafka do; others send each at once. */
function outbox(sender: Sender): Outbox {
  const callsMax = sender.batchMax > 1 ? sender.callsMax : Number.POSITIVE_INFINITY;
  const flying = new Set<Promise<unknown>>();
  let waiting: Position[] = [];
  let failed = 0;
  let failure: string | null = null;
  const stuck = () => flying.size + waiting.length > STUCK_MAX;
  const call = (batch: readonly Position[]) => {
    const called: Promise<unknown> = sender.send(batch).then(
      () => flying.delete(called),
      (error: unknown) => {
        flying.delete(called);
        failed += batch.length;
        failure ??= messageOf(error);
      },
    );
    flying.add(called);
  };
  return {
    add: (position) => void waiting.push(position),
    send() {
      let from = 0;
      for (; from < waiting.length && flying.size < callsMax; from += sender.batchMax)
        call(waiting.slice(from, from + sender.batchMax));
      if (from > 0) waiting = waiting.slice(from);
    },
    waiting: () => waiting.length,
    stuck,
    async settled() {
      if (stuck()) failure ??= `stopped with ${STUCK_MAX} messages unconfirmed`;
      await Promise.race([Promise.all(flying), delay(SETTLE_MS, undefined, { ref: false })]);
      return { failed, failure };
    },
  };
}

/** In the kernel: a timer of the event loop is a millisecond coarse, and spinning would take a core from those measured. */
function sleepUntil(ns: number): void {
  const leftNs = Math.min(ns - WAKE_NS - nowNs(), SLICE_NS);
  if (leftNs > 0) Atomics.wait(bed, 0, 0, leftNs / 1e6);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
