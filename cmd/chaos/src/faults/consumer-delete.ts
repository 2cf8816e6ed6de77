/**
 * The durable of a worker is deleted underneath it, again and again, while tasks keep coming: it is made anew where it was.
 * In the end the stream is deleted: workers and publisher fail with an error, and nobody makes an empty stream of that name.
 */
import type { Connection } from '@jetlane/core';
import type { Broker } from '../broker.ts';
import { type Claim, fault } from '../fault.ts';
import type { Disturbance } from '../recovery.ts';
import type { Stage } from '../stage.ts';
import { Crew } from '../work/crew.ts';
import type { Load } from '../work/load.ts';
import { openWork } from '../work/setup.ts';
import { DURABLE } from '../work/task.ts';

const RECREATED_MAX_MS = 5_000;
const DONE_MS = 60_000;
const LOUD_MS = 20_000;

/** See the head of this file. */
export const consumerDelete = fault({
  name: 'consumer-delete',
  does: 'delete the durable of a worker, and in the end its stream',
  expects:
    'made anew in place within 5 s, nothing skipped; without its stream it fails with an error',
  nodes: [1, 3],
  settings: {
    small: { workers: 2, deletions: 3, ratePerSecond: 500, handleMs: 3, betweenMaxMs: 500 },
    full: { workers: 2, deletions: 30, ratePerSecond: 1_000, handleMs: 3, betweenMaxMs: 3_000 },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, settings) {
    const { broker, connection, path, load, audit } = await openWork(stage);
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas },
      concurrency: 32,
      ackWaitMs: 5_000,
      handleMs: settings.handleMs,
    });
    await crew.start(settings.workers);
    const steady = load.steady(settings.ratePerSecond);
    await audit.untilDelivered(settings.ratePerSecond * 2, DONE_MS);
    const deletions: Deletion[] = [];
    for (let number = 0; number < settings.deletions; number++) {
      deletions.push(await deleteDurable(stage, connection));
      await audit.untilDelivered(audit.read().counts.delivered + settings.ratePerSecond, DONE_MS);
      await stage.pause(stage.between(0, settings.betweenMaxMs));
    }
    await stage.pause(1_000);
    await steady.stop();
    await audit.settled(load.acked);
    const { undisturbedPerSecond, ...counts } = audit.counts(deletions);
    const recreatedMaxMs = Math.max(...deletions.map((each) => each.healedAtMs - each.beganAtMs));
    return {
      ...counts,
      safe: [
        {
          says: `the durable is made anew within ${RECREATED_MAX_MS} ms`,
          holds: recreatedMaxMs <= RECREATED_MAX_MS,
          found: `${recreatedMaxMs} ms at most`,
        },
        ...(await deleteStream(stage, { broker, connection, load, crew })),
      ],
      bite: [
        {
          says: 'the durable was another one after each deletion',
          holds: deletions.every(({ created, recreated }) => created !== recreated),
          found: `${deletions.length} deletions`,
        },
      ],
      figures: { undisturbedPerSecond, recreatedMaxMs },
    };
  },
});

interface Deletion extends Disturbance {
  readonly created: string;
  readonly recreated: string;
}

async function deleteDurable(stage: Stage, { jsm }: Connection): Promise<Deletion> {
  const { created } = await jsm.consumers.info('WORK', DURABLE);
  const beganAtMs = Date.now();
  await jsm.consumers.delete('WORK', DURABLE);
  let recreated = created;
  await stage.until(
    async () => {
      const info = await jsm.consumers.info('WORK', DURABLE).catch(() => undefined);
      recreated = info?.created ?? created;
      return info !== undefined;
    },
    DONE_MS,
    'the durable to be made anew',
  );
  return { beganAtMs, healedAtMs: Date.now(), created, recreated };
}

interface World {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly load: Load;
  readonly crew: Crew;
}

/** What must hold when the stream itself is deleted. */
async function deleteStream(stage: Stage, { connection, load, crew }: World): Promise<Claim[]> {
  const { jsm } = connection;
  await jsm.streams.delete('WORK');
  // A worker that fails ends its process with a report, as one that is supervised would.
  const failed = new Set<string>();
  for (const { name, actor } of crew.members)
    void actor.report.then(
      (report) => {
        const { failures } = report as { readonly failures: readonly string[] };
        if (failures.includes('STREAM_GONE')) failed.add(name);
      },
      () => {},
    );
  const { length } = crew.members;
  await stage.until(() => failed.size === length, LOUD_MS, 'the workers to fail').catch(() => {});
  const ackedBefore = load.acked;
  const refusal = await load.publish(1).then(
    () => 'it was acknowledged',
    (error: unknown) => String((error as { readonly code?: unknown }).code ?? error),
  );
  const again = await jsm.streams.info('WORK').then(
    () => true,
    () => false,
  );
  return [
    {
      says: 'without the stream every worker fails with STREAM_GONE',
      holds: failed.size === length,
      found: `${failed.size} of ${length} within ${LOUD_MS} ms`,
    },
    {
      says: 'without the stream a publish is refused with an error',
      holds: ['NO_STREAM', 'STREAM_GONE'].includes(refusal) && load.acked === ackedBefore,
      found: refusal,
    },
    { says: 'nobody makes an empty stream of that name', holds: !again, found: String(again) },
  ];
}
