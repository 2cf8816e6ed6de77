import { expect, it } from 'vitest';
import { replayCommand, simulateMany } from './many.ts';

const FROM = 4_500;
const SEEDS = 4_200;

it(`holds through ${SEEDS} more seeds of faults`, { timeout: 300_000 }, async () => {
  const { failed } = await simulateMany({ from: FROM, count: SEEDS, failuresMax: 5 });
  const failures = failed.map(
    ({ seed, violation }) => `seed ${seed}: ${violation}\n  ${replayCommand(seed)}`,
  );
  expect(failures).toEqual([]);
});
