import { describe, expect, it } from 'vitest';
import { replayCommand, simulateMany } from './many.ts';
import { partitionPlanOf } from './partition-plan.ts';
import { type Defects, simulate } from './simulation.ts';

const SEEDS = 1_300;

/** Answers that were old when they were read, owners that were given up on while the server was away, a late mark. */
const FOUND = [3454, 5482, 11_758, 21_851, 56_900];

async function traced(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await simulate(seed, { partitions: true, trace: (line) => lines.push(line) });
  return lines;
}

it(`hands partitions over through ${SEEDS} seeds of faults`, { timeout: 300_000 }, async () => {
  const results = await simulateMany({
    from: 0,
    count: SEEDS,
    failuresMax: 5,
    partitions: true,
  });
  const failures = results.failed.map(
    ({ seed, violation }) => `seed ${seed}: ${violation}\n  ${replayCommand(seed, true)}`,
  );
  expect(failures).toEqual([]);
  // The faults bit.
  expect(results.redelivered).toBeGreaterThan(SEEDS);
  expect(results.orderChecks).toBeGreaterThan(10 * SEEDS);
  expect(results.calls).toBeGreaterThan(results.handled + SEEDS);
});

describe('a seed of a partitioned worker', () => {
  it('gives the same run again, happening for happening', async () => {
    for (const seed of [3, 228, 1783]) expect(await traced(seed)).toEqual(await traced(seed));
  });

  it('holds where it once did not', async () => {
    for (const seed of FOUND)
      expect(await simulate(seed, { partitions: true })).toMatchObject({ violation: undefined });
  });

  it('has a plan of its own', () => {
    expect(partitionPlanOf(1)).toEqual(partitionPlanOf(1));
    expect(partitionPlanOf(1)).not.toEqual(partitionPlanOf(2));
  });
});

describe('the referee of partitions notices', () => {
  it.each<[string, Defects, RegExp]>([
    [
      'owners that do not wait for what the last one left',
      { bus: 'gathers-nothing' },
      /is finished before/,
    ],
    ['a broker that serves whoever asks', { server: 'ignores-pins' }, /has m\d+ in hand/],
    ['lanes that are released early', { worker: 'lanes-too-narrow' }, /two messages of k\d at/],
    ['a broker that forgets deliveries', { server: 'forgets-deliveries' }, /is finished before/],
  ])('%s', { timeout: 60_000 }, async (_, defects, words) => {
    const { failed } = await simulateMany({
      from: 0,
      count: 300,
      failuresMax: 30,
      partitions: true,
      defects,
    });
    expect(failed.map(({ violation }) => violation).join('\n')).toMatch(words);
  });
});
