/**
 * Processes of a partitioned worker are killed and stopped at random, and new ones join, while tasks of 32 keys keep coming;
 * some fail at first and are retried. The tasks of each key are handled in order, by one process at a time.
 */
import { fault } from '../fault.ts';
import type { Disturbance } from '../recovery.ts';
import type { Stage } from '../stage.ts';
import type { WorkAudit } from '../work/audit.ts';
import { Crew } from '../work/crew.ts';
import { openWork } from '../work/setup.ts';

const DONE_MS = 120_000;
const IDLE_MS = 5_000;

/** See the head of this file. */
export const lanes = fault({
  name: 'lanes',
  does: 'kill -9 and SIGTERM processes of a partitioned worker, 32 keys on 4 processes',
  expects: 'the tasks of each key are handled in order, and no key is at two processes at once',
  nodes: [1, 3],
  settings: {
    small: { keys: 32, workers: 4, partitions: 8, kills: 3, ratePerSecond: 200, handleMs: 40 },
    full: { keys: 32, workers: 4, partitions: 16, kills: 60, ratePerSecond: 400, handleMs: 40 },
  },
  limitMs: { small: 180_000, full: 1_500_000 },
  async run(stage, { keys, workers, partitions, kills, ratePerSecond, handleMs }) {
    const { broker, path, load, audit } = await openWork(stage, { keys, partitions });
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas, partitions },
      concurrency: 32,
      ackWaitMs: 2_000,
      handleMs,
      attempts: 20,
      retryDelayMs: 20,
      poison: { every: 25, from: 0, how: 'throws-once' },
    });
    await crew.start(workers);
    const steady = load.steady(ratePerSecond);
    await audit.untilDelivered(ratePerSecond * 2, DONE_MS);
    const done: Fall[] = [];
    for (let number = 0; number < kills; number++) {
      done.push(await fell(stage, { crew, audit, workers, number }));
      stage.say(`${number + 1} of ${kills}: ${audit.read().counts.delivered} delivered`);
      await audit.untilDelivered(audit.read().counts.delivered + ratePerSecond, DONE_MS);
    }
    await steady.stop();
    await audit.settled(load.acked);
    await crew.finish();
    const ledger = audit.read();
    const [inversions, overlaps] = [ledger.inversions(), ledger.overlaps()];
    for (const words of [...inversions.examples, ...overlaps.examples]) stage.say(words);
    const { undisturbedPerSecond, ...counts } = audit.counts(done);
    const killed = done.filter((each) => each.killed);
    const felt = killed.filter(({ name }) => audit.cutIn(name) > 0).length;
    const cut = killed.reduce((sum, { name }) => sum + audit.cutIn(name), 0);
    return {
      ...counts,
      orderInversions: inversions.count + overlaps.count,
      safe: [
        {
          says: 'no key is at two processes, or twice at one, at the same time',
          holds: overlaps.count === 0,
          found: `${overlaps.count} times`,
        },
        {
          says: 'the tasks of each key are handled in order',
          holds: inversions.count === 0,
          found: `${inversions.count} of ${counts.acked} out of order`,
        },
      ],
      bite: [
        {
          says: 'kills, half of them at least, cut off work that another process had to begin again',
          holds: felt >= killed.length / 2,
          found: `${cut} tasks by ${felt} of ${killed.length} kills`,
        },
        {
          says: 'handlers failed and held their lane',
          holds: audit.failed > 0,
          found: `${audit.failed} failures`,
        },
      ],
      figures: { undisturbedPerSecond, kills: killed.length, stops: done.length - killed.length },
    };
  },
});

interface Fall extends Disturbance {
  /** The process, and whether it was killed or stopped. */
  readonly name: string;
  readonly killed: boolean;
}

/** Ends one process, by chance: two of three are killed in the middle of a handler, the others leave in order. */
async function fell(
  stage: Stage,
  options: {
    readonly crew: Crew;
    readonly audit: WorkAudit;
    readonly workers: number;
    readonly number: number;
  },
): Promise<Fall> {
  const { crew, audit, workers, number } = options;
  const place = stage.between(0, workers - 1);
  const name = crew.members[place]?.name ?? '';
  // A process that has no partition yet cannot be interrupted.
  await stage.until(() => audit.openIn(name) > 0, IDLE_MS, 'a handler').catch(() => {});
  const killed = number % 3 !== 2;
  const beganAtMs = Date.now();
  if (killed) await crew.kill(place);
  else await crew.stop(place);
  const healedAtMs = Date.now();
  await crew.replace(place);
  return { beganAtMs, healedAtMs, name, killed };
}
