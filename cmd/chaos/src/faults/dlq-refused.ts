/**
 * The dead letter stream is full while tasks fail, a worker is killed meanwhile, and when the stream takes records again half
 * of its acks are dropped on their way. On a work queue a task that is settled is gone: so what is still there shows that no
 * task was settled before its record was stored. There are fewer of them than the workers have room for: what is held for its
 * record takes a place, and a worker whose places are all taken so waits for its dead letter stream.
 */
import type { Connection } from '@jetlane/core';
import { startFaultProxy } from '@jetlane/testing';
import { fault } from '../fault.ts';
import type { Stage } from '../stage.ts';
import { Crew } from '../work/crew.ts';
import { census, letterCount, lettersSettled, numberOf } from '../work/letters.ts';
import { isPoison, type Poison, poisonAmong } from '../work/poison.ts';
import { openWork } from '../work/setup.ts';

const DONE_MS = 30_000;

/** See the head of this file. */
export const dlqRefused = fault({
  name: 'dlq-refused',
  does: 'a dead letter stream that takes no records, then loses half of its acks; kill -9 meanwhile',
  expects: 'originals are kept until their record is stored, and each has one record in the end',
  nodes: [1, 3],
  settings: {
    small: { tasks: 1_000, poisonEvery: 20, refusedMs: 2_000, kills: 1 },
    full: { tasks: 50_000, poisonEvery: 250, refusedMs: 30_000, kills: 5 },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, settings) {
    const { tasks, poisonEvery, kills } = settings;
    const { broker, connection, path, load, audit } = await openWork(stage, {
      retention: 'workqueue',
    });
    await using proxy = await startFaultProxy({
      target: stage.pick(broker.urls),
      seed: stage.seed,
    });
    const poisoned: Poison = {
      every: poisonEvery,
      from: stage.between(0, poisonEvery - 1),
      how: 'rejects',
    };
    const crew = new Crew(stage, load.ledger, {
      urls: [proxy.url],
      ledger: path,
      stream: { replicas: broker.replicas, retention: 'workqueue' },
      concurrency: 64,
      ackWaitMs: 1_000,
      handleMs: 1,
      poison: poisoned,
    });
    await crew.start(2);
    await refuse(connection, true);
    const expected = poisonAmong(tasks, poisoned);
    await load.publish(tasks);
    await audit.settled(tasks - expected);
    await untilLeft(stage, connection, expected);
    for (let number = 0; number < kills; number++) {
      await stage.pause(settings.refusedMs / (kills + 1));
      await crew.kill(number % 2);
      await crew.replace(number % 2);
    }
    await stage.pause(settings.refusedMs / (kills + 1));
    const refused = { records: await letterCount(connection), kept: await stored(connection) };
    proxy.dropAcks({ stream: 'DLQ', copies: 'first', every: 2, max: expected / 2 });
    await refuse(connection, false);
    await lettersSettled(stage, connection, expected);
    await stage.pause(3_000); // for one too many, after a dropped ack
    const reports = await crew.finish();
    const isPoisonId = (id: string) => isPoison(numberOf(id), poisoned);
    const found = await census(connection, isPoisonId);
    const left = await stored(connection);
    const refusals = reports.reduce((sum, each) => sum + (each.retries['STREAM_FULL'] ?? 0), 0);
    const { droppedAcks } = proxy.counts;
    const { undisturbedPerSecond: _, ...counts } = audit.counts([], isPoisonId);
    return {
      ...counts,
      lost: counts.lost + expected - found.buried,
      faultsInjected: refusals + droppedAcks + kills,
      safe: [
        {
          says: 'while records are refused every original is kept',
          holds: refused.kept === expected && refused.records === 0,
          found: `${refused.kept} of ${expected} kept, ${refused.records} records`,
        },
        {
          says: 'in the end each has exactly one record, and no original is left',
          holds: found.buried === expected && found.records === expected && left === 0,
          found: `${found.records} records of ${found.buried} out of ${expected}, ${left} originals`,
        },
      ],
      bite: [
        { says: 'records were refused', holds: refusals > 0, found: `${refusals} times` },
        { says: 'acks of records were dropped', holds: droppedAcks > 0, found: `${droppedAcks}` },
      ],
      figures: { refusals, droppedAcks, kills },
    };
  },
});

/** Makes the dead letter stream full, whatever is in it, or takes the limit away. */
async function refuse({ jsm }: Connection, refuses: boolean): Promise<void> {
  const { config } = await jsm.streams.info('DLQ');
  await jsm.streams.update('DLQ', {
    ...config,
    ...(refuses ? { max_bytes: 1, discard: 'new' as typeof config.discard } : { max_bytes: -1 }),
  });
}

async function stored({ jsm }: Connection): Promise<number> {
  const { state } = await jsm.streams.info('WORK');
  return state.messages;
}

/** Until only so many tasks are there, or for a while: what is there then is for the verdict to tell. */
async function untilLeft(stage: Stage, connection: Connection, count: number): Promise<void> {
  const left = async () => (await stored(connection)) <= count;
  await stage.until(left, DONE_MS, 'healthy tasks to leave').catch(() => {});
}
