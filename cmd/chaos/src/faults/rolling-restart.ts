/**
 * SIGTERM to one worker after another while tasks keep coming, each followed by a new process. A worker that is asked to
 * stop finishes what it has begun and gives back the rest, so nothing that was finished is ever done again.
 */
import { fault } from '../fault.ts';
import type { Disturbance } from '../recovery.ts';
import { Crew } from '../work/crew.ts';
import { openWork } from '../work/setup.ts';

const DRAIN_MAX_MS = 25_000;
const DONE_MS = 60_000;

/** See the head of this file. */
export const rollingRestart = fault({
  name: 'rolling-restart',
  does: 'SIGTERM to one worker process after another, in the middle of handlers',
  expects: 'each drains within its deadline; nothing is lost, and nothing finished is done again',
  nodes: [1, 3],
  settings: {
    small: { workers: 2, restarts: 6, ratePerSecond: 500, handleMs: 20, betweenMaxMs: 300 },
    full: { workers: 2, restarts: 100, ratePerSecond: 500, handleMs: 20, betweenMaxMs: 500 },
  },
  limitMs: { small: 120_000, full: 600_000 },
  async run(stage, settings) {
    const { broker, path, load, audit } = await openWork(stage);
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
    const restarts: Restart[] = [];
    for (let number = 0; number < settings.restarts; number++) {
      const place = number % settings.workers;
      const name = crew.members[place]?.name ?? '';
      const interrupted = audit.openIn(name);
      const beganAtMs = Date.now();
      await crew.stop(place);
      const healedAtMs = Date.now();
      await crew.replace(place);
      restarts.push({ beganAtMs, healedAtMs, interrupted });
      await stage.pause(stage.between(0, settings.betweenMaxMs));
    }
    await stage.pause(1_500);
    await steady.stop();
    await audit.settled(load.acked);
    await crew.finish();
    const { undisturbedPerSecond, ...counts } = audit.counts(restarts);
    const drainMaxMs = Math.max(...restarts.map((each) => each.healedAtMs - each.beganAtMs));
    const felt = restarts.filter(({ interrupted }) => interrupted > 0).length;
    return {
      ...counts,
      safe: [
        {
          says: 'nothing that was finished is begun again',
          holds: audit.begunAgain === 0 && counts.duplicates === 0,
          found: `${audit.begunAgain} of ${counts.acked}`,
        },
        {
          says: `each drains within ${DRAIN_MAX_MS} ms, and ends in order`,
          holds: drainMaxMs < DRAIN_MAX_MS,
          found: `${drainMaxMs} ms at most`,
        },
      ],
      bite: [
        {
          says: 'handlers ran when the signal came',
          holds: felt > 0,
          found: `at ${felt} of ${restarts.length} restarts`,
        },
      ],
      figures: { undisturbedPerSecond, drainMaxMs },
    };
  },
});

interface Restart extends Disturbance {
  /** Handlers that ran when the signal came. */
  readonly interrupted: number;
}
