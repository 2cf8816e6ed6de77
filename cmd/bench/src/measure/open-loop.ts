/**
 * Sends by a schedule and never waits for an answer before the next message. Between two messages it sleeps in the kernel, in
 * slices, so that it takes no core from those it measures; timers of the event loop are a millisecond coarse, and spinning
 * would cost one of few cores.
 */
import { nowNs } from '../frame/clock.ts';
import { Histogram, type HistogramData } from './histogram.ts';
import type { Publisher } from './publisher.ts';
import { Schedule } from './schedule.ts';

/** What to offer. */
export interface OpenRound {
  readonly rate: number;
  readonly durationMs: number;
  /** When the first message is due; `nowNs` of any process of this host. */
  readonly startNs: number;
  /** Never sleep: answers are seen at once, and a core is taken. Default false. */
  readonly spin?: boolean;
}

/** What became of it. */
export interface OpenResult {
  /** That were due: all of the schedule, or those until it was interrupted. */
  readonly offered: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly failed: number;
  /** Words of the first failure. */
  readonly failure?: string;
  /** Messages a second that left, over the time that it took to send them. */
  readonly achievedPerSecond: number;
  /** Actual minus intended time of sending. */
  readonly late: HistogramData;
  /** From the intended time to the confirmation; without `spin` up to a quarter of a millisecond too long. */
  readonly acks: HistogramData;
  readonly cpuUs: number;
}

/** Awaiting their ack: past that the rate is broken, and nothing more is sent. */
const FLYING_MAX = 200_000;
/** Sent in a row before the event loop gets its turn. */
const BURST_MAX = 500;
/** Further behind its schedule a sender gives up: it will not catch up. */
const BEHIND_MAX_NS = 3e9;
const SLICE_NS = 250_000;
/** A thread wakes up about that much later than it asked for. */
const WAKE_NS = 60_000;
const ACK_DEADLINE_MS = 15_000;

/** See the head of this file. */
export async function openLoop(
  publisher: Publisher,
  round: OpenRound,
  signal: AbortSignal,
  progress: (count: number) => void,
): Promise<OpenResult> {
  const schedule = new Schedule(round.startNs, round);
  const late = new Histogram();
  const acks = new Histogram();
  const tally: Tally = { sent: 0, confirmed: 0, failed: 0, failure: undefined };
  const cpu = process.cpuUsage();
  const timer = setInterval(() => progress(tally.sent), PROGRESS_MS);
  await send(publisher, { schedule, late, acks, tally, signal, spin: round.spin === true });
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const endNs = nowNs();
  const elapsedMs = (endNs - round.startNs) / 1e6;
  const interrupted = signal.aborted && tally.sent < schedule.total;
  if (publisher.flush !== undefined) {
    await publisher.flush();
    tally.confirmed = tally.sent;
  } else await settled(tally);
  const { sent, confirmed, failed, failure } = tally;
  return {
    offered: interrupted ? Math.max(tally.sent, schedule.dueBy(endNs)) : schedule.total,
    sent,
    confirmed,
    failed,
    ...(failure === undefined ? {} : { failure }),
    achievedPerSecond:
      (sent / (interrupted ? elapsedMs : Math.max(elapsedMs, round.durationMs))) * 1_000,
    late: late.data(),
    acks: acks.data(),
    cpuUs: user + system,
  };
}

interface Tally {
  sent: number;
  confirmed: number;
  failed: number;
  failure: string | undefined;
}

const PROGRESS_MS = 200;
const bed = new Int32Array(new SharedArrayBuffer(4));

interface Sending {
  readonly schedule: Schedule;
  readonly late: Histogram;
  readonly acks: Histogram;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly spin: boolean;
}

function send(publisher: Publisher, sending: Sending): Promise<void> {
  const { schedule, late, acks, tally, signal, spin } = sending;
  const refused = (error: unknown) => {
    tally.failed++;
    tally.failure ??= String((error as Error)?.message ?? error);
  };
  return new Promise((resolve) => {
    const turn = () => {
      const flying = tally.sent - tally.confirmed - tally.failed;
      const confirms = publisher.flush === undefined;
      const broken =
        (confirms && flying > FLYING_MAX) || nowNs() - schedule.at(tally.sent) > BEHIND_MAX_NS;
      if (tally.sent === schedule.total || signal.aborted || broken) return resolve();
      if (!spin) sleepUntil(schedule.at(tally.sent) - WAKE_NS);
      const due = Math.min(schedule.dueBy(nowNs()), tally.sent + BURST_MAX);
      while (tally.sent < due) {
        const dueNs = schedule.at(tally.sent);
        late.record(nowNs() - dueNs);
        publisher.send(tally.sent++, dueNs)?.then(() => {
          acks.record(nowNs() - dueNs);
          tally.confirmed++;
        }, refused);
      }
      setImmediate(turn);
    };
    turn();
  });
}

/** At most a slice: what comes in meanwhile must not wait longer. */
function sleepUntil(ns: number): void {
  const leftNs = Math.min(ns - nowNs(), SLICE_NS);
  if (leftNs > 0) Atomics.wait(bed, 0, 0, leftNs / 1e6);
}

async function settled(tally: Tally): Promise<void> {
  const endNs = nowNs() + ACK_DEADLINE_MS * 1e6;
  while (tally.confirmed + tally.failed < tally.sent && nowNs() < endNs)
    await new Promise((resolve) => setTimeout(resolve, 5));
}
