/**
 * A handler blocks the event loop of its process for three ack waits, so that its heartbeats stop: the server gives what the
 * process holds to another one. When it wakes up it comes too late, and its results are refused.
 */
import { fault } from '../fault.ts';
import { Crew } from '../work/crew.ts';
import { type Poison, poisonAmong } from '../work/poison.ts';
import { openWork } from '../work/setup.ts';

const DONE_MS = 120_000;

/** See the head of this file. */
export const loopBlock = fault({
  name: 'loop-block',
  does: 'block the event loop of a worker for 3 ack waits, in a handler, with an inbox',
  expects: 'its messages come again at another process, and its own late results are refused',
  nodes: [1, 3],
  settings: {
    small: { workers: 2, blocks: 2, ackWaitMs: 1_000, ratePerSecond: 30, secondsBetween: 3 },
    full: { workers: 3, blocks: 20, ackWaitMs: 2_000, ratePerSecond: 40, secondsBetween: 8 },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, { workers, blocks, ackWaitMs, ratePerSecond, secondsBetween }) {
    const { broker, connection, path, load, audit } = await openWork(stage);
    const every = ratePerSecond * secondsBetween;
    const from = every + stage.between(0, ratePerSecond);
    const blocking: Poison = { every, from, max: blocks, how: 'blocks' };
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas },
      concurrency: 16,
      ackWaitMs,
      handleMs: 20,
      inbox: true,
      attempts: 20,
      poison: blocking,
    });
    await crew.start(workers);
    const tasks = (blocks + 2) * every;
    await load.steady(ratePerSecond, tasks).stop();
    await audit.settled(tasks);
    await audit.acknowledged(connection, DONE_MS);
    const reports = await crew.finish();
    const { undisturbedPerSecond: _, ...counts } = await audit.countsOfEffects(connection, []);
    const injected = poisonAmong(tasks, blocking);
    const lost = reports.reduce((sum, { fenced }) => sum + fenced.lost, 0);
    const committed = reports.reduce((sum, { fenced }) => sum + fenced.committed, 0);
    return {
      ...counts,
      faultsInjected: injected,
      safe: [],
      bite: [
        {
          says: 'what a blocked process held came again',
          holds: counts.redelivered >= injected,
          found: `${counts.redelivered} times`,
        },
        {
          says: 'each blocked process came late with results, and they were refused',
          holds: lost + committed >= injected,
          found: `${lost} before and ${committed} at their commit, of ${injected} blocks`,
        },
      ],
      figures: { fencedBeforeCommit: lost, fencedAtCommit: committed },
    };
  },
});
