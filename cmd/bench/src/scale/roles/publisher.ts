/** A process that publishes reports in bursts and tells what that cost it. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, connect } from '@jetlane/core';
import { serve } from '../../frame/serve.ts';
import { bodyOf, nameOf, Report } from '../report.ts';
import { quantile, trafficOf } from '../usage.ts';

/** How to reach the servers. */
export interface PublisherSetup {
  readonly servers: readonly string[];
}

/** What to publish. */
export interface PublishRound {
  /** Of a payload. */
  readonly sizeBytes: number;
  /** Messages handed over together. */
  readonly burst: number;
  /** Ends after so many messages or so long, whatever is first. */
  readonly count: number;
  readonly forMs: number;
  /** Time from one burst to the next, whether or not it is acknowledged; 0: the next when all of one is. */
  readonly everyMs: number;
  /** Ids to spread them over, from this one on. */
  readonly subjects: number;
  readonly firstSubject: number;
  /** Groups to spread them over. */
  readonly groups: number;
}

/** What came of it. */
export interface PublishResult {
  readonly count: number;
  readonly elapsedMs: number;
  readonly cpuUs: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly residentBytes: number;
  /** From handing over to the ack. */
  readonly ackP50Us: number;
  readonly ackP99Us: number;
}

serve<PublisherSetup, PublishRound, PublishResult>(async ({ servers }) => {
  const client = await connect({
    servers: [...servers],
    maxInFlight: 4096,
    maxInFlightBytes: '64MiB',
    publishTimeout: '60s',
  });
  return {
    round: (round, signal) => publish(client, round, signal),
    close: () => client.close(),
  };
});

/** One in so many acks is timed: the clock must not become part of the cost. */
const TIMED_EVERY = 8;

async function publish(
  client: Client,
  round: PublishRound,
  signal: AbortSignal,
): Promise<PublishResult> {
  const body = bodyOf(round.sizeBytes);
  const groups = Array.from({ length: round.groups }, (_, i) => nameOf('g', i));
  const ids = namesFrom(round);
  const ackUs: number[] = [];
  let count = 0;
  const burst = (size: number) => {
    const acks: Promise<unknown>[] = [];
    for (let i = 0; i < size; i++, count++) {
      const group = groups[count % groups.length] as string;
      const ack = client.publish(Report({ group, id: ids(count), body }));
      acks.push(count % TIMED_EVERY === 0 || size === 1 ? timed(ack, ackUs) : ack);
    }
    return Promise.all(acks);
  };
  const traffic = trafficOf();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const endMs = startedMs + round.forMs;
  const left = () => Math.min(round.burst, round.count - count);
  const goes = () => !signal.aborted && left() > 0 && performance.now() < endMs;
  if (round.everyMs > 0) await paced(round.everyMs, goes, () => burst(left()));
  else while (goes()) await burst(left());
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  const now = trafficOf();
  return {
    count,
    elapsedMs,
    cpuUs: user + system,
    inBytes: now.inBytes - traffic.inBytes,
    outBytes: now.outBytes - traffic.outBytes,
    residentBytes: process.memoryUsage.rss(),
    ackP50Us: quantile(ackUs, 0.5),
    ackP99Us: quantile(ackUs, 0.99),
  };
}

/** Few names are made before; a million only as they are needed. */
function namesFrom({ subjects, firstSubject }: PublishRound): (index: number) => string {
  if (subjects > 10_000) return (index) => nameOf('s', firstSubject + (index % subjects));
  const made = Array.from({ length: subjects }, (_, i) => nameOf('s', firstSubject + i));
  return (index) => made[index % subjects] as string;
}

async function paced(
  everyMs: number,
  goes: () => boolean,
  burst: () => Promise<unknown>,
): Promise<void> {
  const running = new Set<Promise<unknown>>();
  for (let dueMs = performance.now(); goes(); dueMs += everyMs) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs);
    // Bounded by the window of the client, which stops taking more.
    const one: Promise<unknown> = burst().then(() => running.delete(one));
    running.add(one);
  }
  await Promise.all(running);
}

async function timed(ack: Promise<unknown>, ackUs: number[]): Promise<void> {
  const sentMs = performance.now();
  await ack;
  ackUs.push((performance.now() - sentMs) * 1_000);
}
