/** As fast as it goes: keeps a window of messages on their way until the time, the number or the signal says enough. */
import { nowNs } from '../frame/clock.ts';
import { Histogram, type HistogramData } from './histogram.ts';
import type { Publisher } from './publisher.ts';

/** How long, and how wide. */
export interface SaturateRound {
  readonly durationMs: number;
  /** Ends earlier, after that many. Default: no limit. */
  readonly msgs?: number;
  /** On their way at a time. */
  readonly window: number;
}

/** What came of it. */
export interface SaturateResult {
  /** Confirmed, or where nothing confirms: sent and flushed. */
  readonly count: number;
  readonly failed: number;
  /** Words of the first failure. */
  readonly failure?: string;
  readonly elapsedMs: number;
  /** Of this process, by the operating system. */
  readonly cpuUs: number;
  /** From the call to the ack. Empty where nothing confirms. */
  readonly acks: HistogramData;
}

/** See the head of this file. */
export async function saturate(
  publisher: Publisher,
  { durationMs, msgs = Number.POSITIVE_INFINITY, window }: SaturateRound,
  signal: AbortSignal,
  progress: (count: number) => void,
): Promise<SaturateResult> {
  const tally = { count: 0, failed: 0, sent: 0, failure: undefined as string | undefined };
  const acks = new Histogram();
  const timer = setInterval(() => progress(tally.count), PROGRESS_MS);
  const cpu = process.cpuUsage();
  const startNs = nowNs();
  const endNs = startNs + durationMs * 1e6;
  const over = () => signal.aborted || tally.sent >= msgs || nowNs() >= endNs;
  if (publisher.flush === undefined) await slide(publisher, window, over, tally, acks);
  else await pour(publisher, publisher.flush, over, tally);
  const elapsedMs = (nowNs() - startNs) / 1e6;
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const { count, failed, failure } = tally;
  return {
    count,
    failed,
    ...(failure === undefined ? {} : { failure }),
    elapsedMs,
    cpuUs: user + system,
    acks: acks.data(),
  };
}

interface Tally {
  count: number;
  failed: number;
  sent: number;
  failure: string | undefined;
}

const PROGRESS_MS = 200;
/** Sent between two flushes where nothing else holds the sender back. */
const BURST = 1_000;
/** Bursts on their way at a time. */
const BURSTS_MAX = 4;

/** One is sent for each that is settled. */
function slide(
  publisher: Publisher,
  window: number,
  over: () => boolean,
  tally: Tally,
  acks: Histogram,
): Promise<void> {
  return new Promise((resolve) => {
    let flying = 0;
    let ended = false;
    const next = () => {
      while (flying < window) {
        if (!ended && !over()) {
          launch();
          continue;
        }
        ended = true;
        if (flying === 0) resolve();
        return;
      }
    };
    const launch = () => {
      flying++;
      const sentNs = nowNs();
      const sent = publisher.send(tally.sent++, sentNs) as Promise<unknown>;
      sent.then(
        () => {
          acks.record(nowNs() - sentNs);
          tally.count++;
          flying--;
          next();
        },
        (error: unknown) => {
          tally.failed++;
          tally.failure ??= String((error as Error)?.message ?? error);
          flying--;
          next();
        },
      );
    };
    next();
  });
}

async function pour(
  publisher: Publisher,
  flush: () => Promise<unknown>,
  over: () => boolean,
  tally: Tally,
): Promise<void> {
  const flying: Promise<unknown>[] = [];
  while (!over()) {
    for (let i = 0; i < BURST; i++) void publisher.send(tally.sent++, nowNs());
    flying.push(flush());
    if (flying.length < BURSTS_MAX) continue;
    await flying.shift();
    tally.count += BURST;
  }
  await Promise.all(flying);
  tally.count = tally.sent;
}
