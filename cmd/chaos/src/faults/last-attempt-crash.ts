/**
 * Some tasks fail until their last attempt, and from then on kill their process each time they are handled. Processes are
 * replaced as they die. Each such task ends as one dead letter although no handler of it ever returned, and whatever was at
 * the same process with it is done by another. In the end readers of a consumer that Jetlane does not manage crash on every
 * attempt that the server allows: a sweep finds what the server gave up on.
 */
import { fault } from '../fault.ts';
import { Crew } from '../work/crew.ts';
import { crashForeign } from '../work/foreign.ts';
import { census, lettersSettled, numberOf } from '../work/letters.ts';
import { isPoison, type Poison, poisonAmong } from '../work/poison.ts';
import { openWork } from '../work/setup.ts';

/** See the head of this file. */
export const lastAttemptCrash = fault({
  name: 'last-attempt-crash',
  does: 'tasks whose last attempt kills the worker process',
  expects: 'each becomes one dead letter, nothing else does, and the others are done',
  nodes: [1, 3],
  settings: {
    small: { workers: 2, tasks: 1_000, killers: 3, attempts: 2, handleMs: 3, foreign: 20 },
    full: { workers: 2, tasks: 20_000, killers: 20, attempts: 3, handleMs: 3, foreign: 500 },
  },
  limitMs: { small: 180_000, full: 900_000 },
  async run(stage, settings) {
    const { tasks, killers, attempts } = settings;
    const { broker, connection, path, load, audit } = await openWork(stage);
    // Close together, so that what stands between them sees its process die more often than it may be tried.
    const from = stage.between(tasks / 10, tasks / 5);
    const killing: Poison = { every: 3, from, max: killers, how: 'kills-last' };
    const crew = new Crew(stage, load.ledger, {
      urls: broker.urls,
      ledger: path,
      stream: { replicas: broker.replicas },
      concurrency: 8,
      ackWaitMs: 1_000,
      handleMs: settings.handleMs,
      attempts,
      retryDelayMs: 50,
      poison: killing,
    });
    const expected = poisonAmong(tasks, killing);
    await load.publish(tasks);
    await crew.start(settings.workers);
    crew.supervise();
    await audit.settled(tasks - expected);
    await lettersSettled(stage, connection, expected);
    await stage.pause(1_500); // for one too many, after another ack wait
    await crew.finish();
    const isKiller = (id: string) => isPoison(numberOf(id), killing);
    const found = await census(connection, isKiller);
    const { undisturbedPerSecond: _, ...counts } = audit.counts([], isKiller);
    const foreign = await crashForeign(stage, { broker, connection }, settings.foreign);
    return {
      ...counts,
      lost: counts.lost + expected - found.buried,
      faultsInjected: expected,
      safe: [
        {
          says: 'each killer has exactly one dead letter, and nothing else has one',
          holds: found.buried === expected && found.records === expected,
          found: `${found.records} records of ${found.buried} out of ${expected}, ${found.strangers} of others`,
        },
        {
          says: 'the record says that its process died',
          holds: found.reasons['crash-loop'] === expected,
          found: JSON.stringify(found.reasons),
        },
        foreign,
      ],
      bite: [
        {
          says: 'each killer killed a process at least once',
          holds: crew.crashes >= expected,
          found: `${crew.crashes} crashes by ${expected}`,
        },
      ],
      figures: { crashes: crew.crashes },
    };
  },
});
