/** A publisher process at work, its ledger followed while it grows: the common part of all faults on the publisher's side. */
import type { Connection } from '@jetlane/core';
import { LedgerReader } from '@jetlane/testing';
import type { Actor } from './actor.ts';
import type { PublisherOptions, PublisherReport } from './actors/publisher.ts';
import { compare, readStored } from './audit.ts';
import type { Broker } from './broker.ts';
import type { Claim } from './fault.ts';
import { type Disturbance, recovery } from './recovery.ts';
import type { Stage } from './stage.ts';

/** What a run says of its publisher; the rest has a default, `urls` those of the servers. */
export interface PublishingOptions extends Partial<PublisherOptions> {
  readonly ratePerSecond: number;
}

/** When something happened to one message. Milliseconds since 1970. */
export interface Moments {
  readonly sentAtMs: number;
  ackedAtMs?: number;
}

/** A publisher that works until it is told to finish. */
export interface Publishing {
  /** Every message so far, by id; read anew. */
  read(): ReadonlyMap<string, Moments>;
  /** Messages acknowledged so far; read anew. */
  acked(): number;
  /** Messages sent and not acknowledged; read anew. */
  pending(): number;
  /** Waits until so many are acknowledged. */
  untilAcked(count: number, deadlineMs: number): Promise<void>;
  /** Lets it end in order: begins nothing, awaits every ack. */
  finish(): Promise<PublisherReport>;
  /** kill -9; the ledger stays. */
  kill(): Promise<void>;
}

/** What becomes of a publisher's messages. */
export interface Audit {
  readonly acked: number;
  readonly lost: number;
  /** Stored twice. */
  readonly duplicates: number;
  readonly undisturbedPerSecond: number;
  readonly recoveredMs: number | null;
}

const WORK = { prefix: 'p', payloadBytes: 200, pendingMax: 512 };

/** Starts a publisher process and resolves when it has begun. */
export async function startPublishing(
  stage: Stage,
  broker: Broker,
  given: PublishingOptions,
): Promise<Publishing> {
  const { urls, replicas } = broker;
  const ledger = stage.file(`${given.prefix ?? WORK.prefix}.jsonl`);
  const options: PublisherOptions = { urls, replicas, ledger, ...WORK, ...given };
  const module = new URL('./actors/publisher.js', import.meta.url);
  const actor = await stage.actor(module, options);
  return follow(stage, ledger, actor);
}

function follow(stage: Stage, path: string, actor: Actor): Publishing {
  const moments = new Map<string, Moments>();
  let acked = 0;
  const reader = new LedgerReader(path, ({ event, id, atMs }) => {
    if (event === 'sent') moments.set(id, { sentAtMs: atMs });
    const known = moments.get(id);
    if (event !== 'acked' || known === undefined) return;
    known.ackedAtMs = atMs;
    acked++;
  });
  stage.defer(async () => reader.close());
  const read = () => {
    reader.read();
    return moments;
  };
  return {
    read,
    acked: () => {
      read();
      return acked;
    },
    pending: () => read().size - acked,
    async untilAcked(count, deadlineMs) {
      const words = () => `${count} acknowledged, not ${acked}`;
      await stage.until(() => this.acked() >= count, deadlineMs, words);
    },
    finish: () => actor.finish() as Promise<PublisherReport>,
    kill: () => actor.kill(),
  };
}

/** What is 0 where nothing is handled. */
export const NOTHING_HANDLED = { doubleEffects: 0, orderInversions: 0 };

/** That nothing is stored twice. */
export function storedOnce({ acked, duplicates }: Audit): Claim {
  return {
    says: 'nothing is stored twice',
    holds: duplicates === 0,
    found: `${duplicates} of ${acked}`,
  };
}

/**
 * Compares the ledgers of publishers that have finished, or were killed, with what the stream holds. Recovery is that of the
 * `steady` ones: those that work from beginning to end.
 */
export async function auditPublishing(
  publishings: readonly Publishing[],
  connection: Connection,
  faults: readonly Disturbance[],
  steady: readonly Publishing[] = publishings,
): Promise<Audit> {
  const acked = publishings.flatMap(ackedBy);
  const stored = await readStored(connection, 'CHAOS');
  const ids = acked.map(([id]) => id);
  const { lost, twice } = compare(ids, stored);
  const times = steady.flatMap(ackedBy).map(([, { ackedAtMs }]) => ackedAtMs as number);
  const { undisturbedPerSecond, worstMs } = recovery(times, faults);
  return {
    acked: ids.length,
    lost: lost.length,
    duplicates: twice.length,
    undisturbedPerSecond,
    recoveredMs: worstMs,
  };
}

function ackedBy(publishing: Publishing): [id: string, moments: Moments][] {
  return [...publishing.read()].filter(([, { ackedAtMs }]) => ackedAtMs !== undefined);
}
