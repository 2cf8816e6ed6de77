/**
 * Publishes at a steady rate and keeps a ledger: `sent` before the call, `acked` once it has resolved. What fails with an error
 * that says it may be repeated is published again under the same id, as a user would.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connect, diagnostics, isJetlaneError } from '@jetlane/core';
import { LedgerFile } from '@jetlane/testing';
import { chaosStream, Happened } from '../happened.ts';
import { type Cue, play } from './play.ts';

/** What the publisher is told. */
export interface PublisherOptions {
  readonly urls: readonly string[];
  /** Its ledger file. */
  readonly ledger: string;
  /** Begins its ids, which go on with a number. */
  readonly prefix: string;
  readonly replicas: 1 | 3;
  /** Messages it begins in a second while nothing holds it up; it does not catch up. */
  readonly ratePerSecond: number;
  /** Publishes that may await their ack; then it waits. */
  readonly pendingMax: number;
  readonly payloadBytes: number;
  /** For `connect`. Default: its own. */
  readonly maxInFlight?: number;
  /** Only these servers, never the others that they tell of. */
  readonly pinned?: boolean;
}

/** What it found. */
export interface PublisherReport {
  readonly sent: number;
  readonly acked: number;
  /** Acks that said that the message was there already. */
  readonly duplicates: number;
  /** How often the connection was lost. */
  readonly disconnects: number;
  /** Publishes that failed, by code, before they were repeated. */
  readonly failures: Readonly<Record<string, number>>;
  /** Longest time without any ack. */
  readonly silenceMaxMs: number;
}

const TICK_MS = 10;
const AGAIN_MS = 50;

await play(publish);

async function publish(options: PublisherOptions, cue: Cue): Promise<PublisherReport> {
  const client = await connect({
    servers: options.urls,
    ...(options.maxInFlight !== undefined && { maxInFlight: options.maxInFlight }),
    ...(options.pinned === true && { nats: { ignoreClusterUpdates: true } }),
  });
  await client.start(chaosStream(options.replicas));
  using ledger = new LedgerFile(options.ledger, options.prefix);
  const filler = 'x'.repeat(options.payloadBytes);
  const report = { sent: 0, acked: 0, duplicates: 0, disconnects: 0, silenceMaxMs: 0 };
  const failures: Record<string, number> = {};
  let pending = 0;
  let lastAckMs = performance.now();
  diagnostics.reconnect.subscribe((event) => {
    if (!(event as { readonly connected: boolean }).connected) report.disconnects++;
  });

  async function one(number: number): Promise<void> {
    const id = `${options.prefix}-${number}`;
    const message = Happened({ key: `k${number % 16}`, number, filler }, { id });
    ledger.sent(id);
    report.sent++;
    pending++;
    for (;;) {
      try {
        const { duplicate } = await client.publish(message);
        ledger.acked(id);
        if (duplicate) report.duplicates++;
        break;
      } catch (error) {
        if (!isJetlaneError(error) || !error.retryable) throw error;
        failures[error.code] = (failures[error.code] ?? 0) + 1;
        await delay(AGAIN_MS);
      }
    }
    const nowMs = performance.now();
    report.silenceMaxMs = Math.max(report.silenceMaxMs, Math.round(nowMs - lastAckMs));
    lastAckMs = nowMs;
    report.acked++;
    pending--;
  }

  let finishing = false;
  let failed: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  void cue.finish.then(() => {
    finishing = true;
  });
  async function pace(): Promise<void> {
    let dueMs = performance.now();
    while (!finishing || pending > 0) {
      const nowMs = performance.now();
      // What was held up is not caught up with: the rate stays the rate.
      dueMs = Math.max(dueMs, nowMs - 5 * TICK_MS);
      for (; !finishing && dueMs <= nowMs; dueMs += 1_000 / options.ratePerSecond) {
        if (pending >= options.pendingMax) continue;
        void one(report.sent).catch(failed);
      }
      await delay(TICK_MS);
    }
  }
  cue.ready();
  await Promise.race([pace(), failure]);
  await client.close();
  return { ...report, failures };
}
