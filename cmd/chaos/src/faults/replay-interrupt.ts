/**
 * A replay of dead letters is killed again and again, at any point, and begun anew until nothing is left. Each letter reaches
 * the worker once. The replay goes through a proxy that delays it, so that kills find it between sending and removing.
 */
import type { Connection } from '@jetlane/core';
import { startFaultProxy } from '@jetlane/testing';
import type { ReplayerReport } from '../actors/replayer.ts';
import type { Broker } from '../broker.ts';
import { fault } from '../fault.ts';
import { RunFailure } from '../run-failure.ts';
import type { Stage } from '../stage.ts';
import { Crew } from '../work/crew.ts';
import { letterCount, lettersSettled } from '../work/letters.ts';
import { openWork, type Work } from '../work/setup.ts';
import { DURABLE } from '../work/task.ts';

const REPLAYER = new URL('../actors/replayer.js', import.meta.url);
const DONE_MS = 120_000;

/** See the head of this file. */
export const replayInterrupt = fault({
  name: 'replay-interrupt',
  does: 'kill -9 a replay of dead letters, and begin it again',
  expects: 'each letter comes to its worker exactly once',
  nodes: [1, 3],
  settings: {
    small: { letters: 400, interruptions: 6, latencyMs: 5, killedAfterMaxBytes: 60_000 },
    full: { letters: 8_000, interruptions: 100, latencyMs: 5, killedAfterMaxBytes: 100_000 },
  },
  limitMs: { small: 120_000, full: 900_000 },
  async run(stage, settings) {
    const { letters, interruptions } = settings;
    const work = await openWork(stage);
    const { broker, connection, path, load, audit } = work;
    await bury(stage, work, letters);
    const healed = new Crew(stage, load.ledger, { ...crewOptions(broker, path), handleMs: 0 });
    await healed.start(1);
    const interrupted: Interruption[] = [];
    while (interrupted.length < interruptions) {
      const found = await interrupt(stage, { broker, connection, settings });
      if (found === undefined)
        throw new RunFailure(
          `the replay was done after ${interrupted.length} of ${interruptions} interruptions`,
        );
      interrupted.push(found);
    }
    const last = await stage.actor(REPLAYER, { urls: broker.urls });
    const report = (await last.report) as ReplayerReport;
    await audit.settled(letters);
    await stage.pause(500); // for one too many
    await healed.finish();
    const left = await letterCount(connection);
    const ledger = audit.read();
    const { undisturbedPerSecond: _, ...counts } = audit.counts([]);
    const between = interrupted.filter((each) => each.sent > each.removed).length;
    return {
      ...counts,
      doubleEffects: ledger.doubleEffects().length,
      faultsInjected: interrupted.length,
      safe: [
        { says: 'no dead letter is left', holds: left === 0, found: `${left} of ${letters}` },
        {
          says: 'each letter came to its worker exactly once',
          holds: counts.duplicates === 0 && ledger.counts.delivered === letters,
          found: `${ledger.counts.delivered} came, ${counts.duplicates} of them again`,
        },
      ],
      bite: [
        {
          says: 'kills found letters that were sent and not yet removed',
          holds: between > 0,
          found: `${between} of ${interrupted.length} kills`,
        },
      ],
      figures: {
        letters,
        killsBetweenSendingAndRemoving: between,
        leftForTheLast: report.replayed,
      },
    };
  },
});

interface Interruption {
  /** Letters so far. */
  readonly sent: number;
  readonly removed: number;
}

function crewOptions(broker: Broker, ledger: string) {
  const stream = { replicas: broker.replicas };
  return { urls: broker.urls, ledger, stream, concurrency: 64, ackWaitMs: 30_000 };
}

/** Makes so many dead letters. */
async function bury(stage: Stage, work: Work, letters: number): Promise<void> {
  const { broker, connection, path, load } = work;
  const failing = new Crew(stage, load.ledger, {
    ...crewOptions(broker, path),
    handleMs: 0,
    poison: { every: 1, from: 0, how: 'rejects' },
  });
  await failing.start(1);
  await load.publish(letters);
  await lettersSettled(stage, connection, letters);
  await failing.finish();
}

/** Begins a replay and kills it. Undefined when nothing was left to replay. */
async function interrupt(
  stage: Stage,
  options: {
    readonly broker: Broker;
    readonly connection: Connection;
    readonly settings: {
      readonly letters: number;
      readonly latencyMs: number;
      readonly killedAfterMaxBytes: number;
    };
  },
): Promise<Interruption | undefined> {
  const { broker, connection, settings } = options;
  await using proxy = await startFaultProxy({ target: stage.pick(broker.urls) });
  const replayer = await stage.actor(REPLAYER, { urls: [proxy.url] });
  proxy.delay({ delayMs: settings.latencyMs });
  // After some bytes, not some time: the same on a slow machine.
  const bytes = stage.between(0, settings.killedAfterMaxBytes);
  await stage.until(
    () => proxy.counts.bytesToServer >= bytes || !replayer.running,
    DONE_MS,
    `${bytes} bytes of a replay`,
  );
  await replayer.kill();
  // What it had handed to the network arrives.
  await stage.until(() => proxy.open === 0, DONE_MS, 'the end of its connection');
  const subjects = { subjects_filter: `_jl.WORK.${DURABLE}.>` };
  const { state } = await connection.jsm.streams.info('WORK', subjects);
  const sent = Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
  const left = await letterCount(connection);
  return left === 0 ? undefined : { sent, removed: settings.letters - left };
}
