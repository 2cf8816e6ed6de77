/**
 * One task in a hundred fails every time, among others that come at a steady rate. Each of them ends as one dead letter, and
 * the healthy ones are as fast as they were before: measured from the moment each was due to be published.
 */
import { fault } from '../fault.ts';
import { Crew } from '../work/crew.ts';
import { census, lettersSettled, numberOf } from '../work/letters.ts';
import { isPoison, type Poison, poisonAmong } from '../work/poison.ts';
import { openWork } from '../work/setup.ts';

/** See the head of this file. */
export const poison = fault({
  name: 'poison',
  does: 'tasks that fail every time, 1 % of all',
  expects:
    'exactly one dead letter for each, and healthy tasks at most twice as late as without them',
  nodes: [1, 3],
  settings: {
    small: { baseline: 2_000, tasks: 2_000, ratePerSecond: 600, attempts: 3, retryDelayMs: 100 },
    full: {
      baseline: 20_000,
      tasks: 100_000,
      ratePerSecond: 1_000,
      attempts: 5,
      retryDelayMs: 200,
    },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, settings) {
    const { baseline, tasks, attempts, ratePerSecond } = settings;
    const { broker, connection, path, load, audit } = await openWork(stage);
    const poisoned: Poison = { every: 100, from: baseline + stage.between(0, 99), how: 'throws' };
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas },
      concurrency: 64,
      ackWaitMs: 30_000,
      handleMs: 1,
      attempts,
      retryDelayMs: settings.retryDelayMs,
      poison: poisoned,
      latencyFrom: baseline,
      latencySkip: ratePerSecond, // while code is still compiled
    });
    await crew.start(1);
    await load.steady(ratePerSecond, baseline + tasks).stop();
    const expected = poisonAmong(baseline + tasks, poisoned);
    await audit.settled(load.acked - expected);
    await lettersSettled(stage, connection, expected);
    await stage.pause(500); // for one too many
    const [report] = await crew.finish();
    const isPoisonId = (id: string) => isPoison(numberOf(id), poisoned);
    const found = await census(connection, isPoisonId);
    const { undisturbedPerSecond: _, ...counts } = audit.counts([], isPoisonId);
    const thrown = audit.failed;
    const { before, after } = report ?? { before: NONE, after: NONE };
    return {
      ...counts,
      lost: counts.lost + expected - found.buried,
      faultsInjected: expected,
      safe: [
        {
          says: 'each poison has exactly one dead letter, and nothing else has one',
          holds: found.buried === expected && found.records === expected,
          found: `${found.records} records of ${found.buried} out of ${expected}, ${found.strangers} of others`,
        },
      ],
      bite: [
        {
          says: `each poison failed ${attempts} times`,
          holds: thrown >= expected * attempts,
          found: `${thrown} failures of ${expected}`,
        },
      ],
      figures: {
        baselineP50Ms: before.p50Ms,
        baselineP99Ms: before.p99Ms,
        healthyP50Ms: after.p50Ms,
        healthyP99Ms: after.p99Ms,
        healthyToBaselineP99: Math.round((after.p99Ms / before.p99Ms) * 100) / 100,
        healthyTasks: after.count,
      },
    };
  },
});

const NONE = { count: 0, p50Ms: 0, p99Ms: 0 };
