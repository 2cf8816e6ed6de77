/**
 * Publishes as much as it is told at once, without waiting for the one before, into whatever state the servers are in: and counts
 * how each publish ended, how long that took, and how much memory it took at most.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect, isJetlaneError } from '@jetlane/core';
import { LedgerFile } from '@jetlane/testing';
import { Happened } from '../happened.ts';
import { type Cue, play } from './play.ts';

/** What the crowd is told. */
export interface CrowdOptions {
  readonly urls: readonly string[];
  /** Its ledger file. */
  readonly ledger: string;
  /** Begins its ids, which go on with a number. */
  readonly prefix: string;
  readonly count: number;
  readonly payloadBytes: number;
  readonly publishTimeoutMs: number;
  /** Messages begun before it lets others work. */
  readonly burst: number;
}

/** By how much memory grew, at most. */
interface Memory {
  /** In use: heap and buffers after a garbage collection. */
  readonly growthBytes: number;
  /** Resident: with what V8 has set aside and could give back. */
  readonly residentGrowthBytes: number;
}

/** How it went. */
export interface CrowdReport extends Memory {
  readonly acked: number;
  /** Publishes refused with a JetlaneError, by its code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Publishes that ended with any other error, and what the first one said. */
  readonly untyped: number;
  readonly untypedWords: string;
  /** Publishes that never ended, or ended too late. */
  readonly silent: number;
  readonly longestMs: number;
}

/** Rarely: collecting all garbage of a full window takes a good part of it. What is measured lasts for seconds. */
const SAMPLE_MS = 1_000;
const POLL_MS = 20;
/** What a publish may take beyond its timeout before it counts as silent. */
const GRACE_MS = 2_000;

await play(crowd);

async function crowd(options: CrowdOptions, cue: Cue): Promise<CrowdReport> {
  const { urls, prefix, count, payloadBytes, publishTimeoutMs, burst } = options;
  const client = await connect({ servers: urls, publishTimeout: `${publishTimeoutMs}ms` });
  using ledger = new LedgerFile(options.ledger, prefix);
  const filler = 'x'.repeat(payloadBytes);
  const refused: Record<string, number> = {};
  const report = { acked: 0, untyped: 0, untypedWords: '', ended: 0, late: 0, longestMs: 0 };
  const message = (number: number, id: string) =>
    Happened({ key: `k${number % 16}`, number, filler }, { id });

  async function one(number: number): Promise<void> {
    const id = `${prefix}-${number}`;
    const beganMs = performance.now();
    ledger.sent(id);
    try {
      await client.publish(message(number, id));
      ledger.acked(id);
      report.acked++;
    } catch (error) {
      if (isJetlaneError(error)) refused[error.code] = (refused[error.code] ?? 0) + 1;
      else if (report.untyped++ === 0) report.untypedWords = String(error);
    }
    const tookMs = performance.now() - beganMs;
    report.ended++;
    report.longestMs = Math.max(report.longestMs, Math.round(tookMs));
    if (tookMs > publishTimeoutMs + GRACE_MS) report.late++;
  }

  cue.ready();
  await cue.begin;
  const memory = watchMemory();
  for (let number = 0; number < count; number++) {
    void one(number);
    // Everything that was begun may go on before the next burst.
    if (number % burst === burst - 1) await delay(1);
  }
  const endMs = performance.now() + publishTimeoutMs + GRACE_MS;
  while (report.ended < count && performance.now() < endMs) await delay(POLL_MS);
  const grown = memory.stop();
  const { acked, untyped, untypedWords, longestMs } = report;
  const silent = count - report.ended + report.late;
  await client.close({ timeout: '1s' });
  return { acked, refused, untyped, untypedWords, silent, longestMs, ...grown };
}

/**
 * Memory in use from now on, at its most: heap and buffers, looked at after collecting garbage, once a second. What
 * V8 has set aside and could give back is not in use; the peak of resident memory, which includes it, is told too.
 */
function watchMemory(): { stop(): Memory } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const inUse = () => {
    // Buffers are given back one collection after what held them.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = inUse();
  const residentBefore = process.memoryUsage.rss();
  let peak = before;
  let resident = residentBefore;
  const look = () => {
    resident = Math.max(resident, process.memoryUsage.rss());
    peak = Math.max(peak, inUse());
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { growthBytes: peak - before, residentGrowthBytes: resident - residentBefore };
    },
  };
}
