import { describe, it } from 'vitest';
import type { ConformanceHarness } from './harness.ts';
import { batching } from './scenarios/batching.ts';
import { buckets } from './scenarios/buckets.ts';
import { bulk } from './scenarios/bulk.ts';
import { bytes } from './scenarios/bytes.ts';
import { closing } from './scenarios/closing.ts';
import { deadLetters } from './scenarios/dead-letters.ts';
import { delivery } from './scenarios/delivery.ts';
import { flow } from './scenarios/flow.ts';
import { groups } from './scenarios/groups.ts';
import { inboxes } from './scenarios/inboxes.ts';
import { keeping } from './scenarios/keeping.ts';
import { lossy } from './scenarios/lossy.ts';
import { order } from './scenarios/order.ts';
import { outage } from './scenarios/outage.ts';
import { overload } from './scenarios/overload.ts';
import { partitions } from './scenarios/partitions.ts';
import { pausing } from './scenarios/pausing.ts';
import { publishing } from './scenarios/publishing.ts';
import { reading } from './scenarios/reading.ts';
import { replays } from './scenarios/replays.ts';
import { results } from './scenarios/results.ts';
import { retries } from './scenarios/retries.ts';
import { ticking } from './scenarios/ticking.ts';
import { waiting } from './scenarios/waiting.ts';
import { obstacle, perform, type Scenario } from './stage.ts';

/**
 * Registers the conformance suite with vitest: what every carrier of Jetlane's messages has to do. Call it at the top of
 * a test file. What an implementation cannot do by its nature is skipped, and the report says why.
 *
 * @example
 * conformance({
 *   name: 'memory',
 *   size: 'full',
 *   clients: 'one',
 *   restarts: false,
 *   open: async () => openMemoryWorld(),
 * });
 */
export function conformance(harness: ConformanceHarness): void {
  describe(`conformance of ${harness.name}`, () => {
    // Each scenario has a world of its own, so several at once are as good as one after another; but a crash concerns all.
    for (const [theme, scenarios] of Object.entries(themes)) {
      const alone = scenarios.some(({ needs }) => needs === 'restarts');
      describe(theme, { concurrent: !alone }, () => {
        for (const scenario of scenarios) register(harness, scenario);
      });
    }
    describe(`under stress, ${STRESS} of each at once, small`, { concurrent: true }, () => {
      for (const scenario of stressed) registerStress(harness, scenario);
    });
  });
}

const themes: Readonly<Record<string, readonly Scenario[]>> = {
  delivery,
  groups,
  order,
  partitions,
  retries,
  waiting,
  ticking,
  'dead letters': deadLetters,
  replays,
  pausing,
  results,
  publishing,
  bulk,
  reading,
  keeping,
  flow,
  bytes,
  overload,
  batching,
  buckets,
  inboxes,
  closing,
  lossy,
  outage,
};

/** A crash of the server would disturb the other copies. */
const stressed = Object.values(themes)
  .flat()
  .filter(({ needs }) => needs !== 'restarts');
const STRESS = 10;
const TIMEOUT_MS = 60_000;

function register(harness: ConformanceHarness, scenario: Scenario): void {
  const reason = obstacle(harness, scenario);
  it(scenario.name, { timeout: TIMEOUT_MS }, async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    await perform(harness, harness.size, scenario);
  });
}

function registerStress(harness: ConformanceHarness, scenario: Scenario): void {
  const reason = obstacle(harness, scenario);
  it(scenario.name, { timeout: TIMEOUT_MS }, async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const copies = Array.from({ length: STRESS }, () => perform(harness, 'small', scenario));
    await Promise.all(copies);
  });
}
