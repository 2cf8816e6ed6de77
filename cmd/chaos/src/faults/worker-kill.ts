/**
 * kill -9 of worker processes in the middle of handlers. What they had begun comes again, to another process; its effect,
 * written in the inbox's transaction, is there once.
 */
import { fault } from '../fault.ts';
import type { Disturbance } from '../recovery.ts';
import { Crew } from '../work/crew.ts';
import { openWork } from '../work/setup.ts';

const DONE_MS = 600_000;

/** See the head of this file. */
export const workerKill = fault({
  name: 'worker-kill',
  does: 'kill -9 worker processes in the middle of handlers, with an inbox',
  expects: 'each effect is committed exactly once',
  nodes: [1, 3],
  settings: {
    small: { workers: 2, tasks: 600, kills: 4, handleMs: 100, batchSize: 1 },
    full: { workers: 2, tasks: 100_000, kills: 50, handleMs: 100, batchSize: 25 },
  },
  limitMs: { small: 120_000, full: 1_200_000 },
  async run(stage, { workers, tasks, kills, handleMs, batchSize }) {
    const { broker, connection, path, load, audit } = await openWork(stage);
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas },
      concurrency: 32,
      ackWaitMs: 2_000,
      handleMs,
      inbox: true,
      batchSize,
      attempts: 20,
    });
    await load.publish(tasks);
    await crew.start(workers);
    const done: Kill[] = [];
    const early = tasks * 0.9;
    for (let number = 0; number < kills; number++) {
      // One kill in each share of the tasks, somewhere in its middle; the last tenth shows the recovery.
      await audit.untilDelivered(((number + 0.25 + stage.random() / 2) * early) / kills, DONE_MS);
      const place = stage.between(0, workers - 1);
      const victim = crew.members[place]?.name ?? '';
      await stage.until(
        async () => {
          if (audit.openIn(victim) > 0) return true;
          // On a slow machine the work may be over before it is noticed.
          if (audit.read().counts.delivered >= load.sent) await load.publish(tasks / kills);
          return false;
        },
        DONE_MS,
        'a handler to interrupt',
      );
      const beganAtMs = Date.now();
      const name = await crew.kill(place);
      await crew.replace(place);
      done.push({ beganAtMs, healedAtMs: Date.now(), name });
      stage.say(`kill ${number + 1} of ${kills}: ${audit.read().counts.delivered} delivered`);
    }
    await audit.settled(load.sent);
    await audit.acknowledged(connection, DONE_MS);
    await crew.finish();
    const { undisturbedPerSecond, ...counts } = await audit.countsOfEffects(connection, done);
    const felt = done.filter(({ name }) => audit.cutIn(name) > 0).length;
    const interrupted = done.reduce((sum, { name }) => sum + audit.cutIn(name), 0);
    return {
      ...counts,
      safe: [],
      bite: [
        {
          says: 'kills, half of them at least, cut off work that another process had to begin again',
          holds: felt >= done.length / 2,
          found: `${interrupted} tasks by ${felt} of ${done.length} kills`,
        },
      ],
      figures: { undisturbedPerSecond, interrupted, ledgerLinesTorn: audit.torn },
    };
  },
});

interface Kill extends Disturbance {
  /** The process. */
  readonly name: string;
}
