import { afterEach, describe, expect, it, vi } from 'vitest';
import { replayCommand, simulateMany } from './many.ts';
import { planOf } from './plan.ts';
import { type Defects, simulate } from './simulation.ts';

/** With those of the two files beside this one 10,000. */
const SEEDS = 4_500;

async function traced(seed: number): Promise<string[]> {
  const lines: string[] = [];
  await simulate(seed, { trace: (line) => lines.push(line) });
  return lines;
}

it(`holds through ${SEEDS} seeds of faults`, { timeout: 300_000 }, async () => {
  const results = await simulateMany({ from: 0, count: SEEDS, failuresMax: 5 });
  const failures = results.failed.map(
    ({ seed, violation }) => `seed ${seed}: ${violation}\n  ${replayCommand(seed)}`,
  );
  expect(failures).toEqual([]);
  // The faults bit.
  expect(results.redelivered).toBeGreaterThan(SEEDS);
  expect(results.buried).toBeGreaterThan(SEEDS);
  expect(results.orderChecks).toBeGreaterThan(SEEDS);
});

describe('a seed', () => {
  it('gives the same run again, happening for happening', async () => {
    for (const seed of [3, 170, 363, 3580]) expect(await traced(seed)).toEqual(await traced(seed));
  });

  it('gives a run of its own', async () => {
    expect(await traced(1)).not.toEqual(await traced(2));
    expect(planOf(1)).not.toEqual(planOf(2));
  });
});

describe('the machine', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Whoever asks for chance or time in the middle of a run. */
  function leaks(): string[] {
    const found: string[] = [];
    const note = <T>(value: T): T => {
      const stack = new Error().stack ?? '';
      if (/packages\/core|simulation\//.test(stack.replaceAll('simulation.test', '')))
        found.push(stack);
      return value;
    };
    const { random } = Math;
    const { now } = Date;
    const timers = { setTimeout, setInterval };
    const performanceNow = performance.now.bind(performance);
    vi.spyOn(Math, 'random').mockImplementation(() => note(random()));
    vi.spyOn(Date, 'now').mockImplementation(() => note(now()));
    vi.spyOn(performance, 'now').mockImplementation(() => note(performanceNow()));
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
      ...args: Parameters<typeof setTimeout>
    ) => note(timers.setTimeout(...args))) as typeof setTimeout);
    vi.spyOn(globalThis, 'setInterval').mockImplementation(((
      ...args: Parameters<typeof setInterval>
    ) => note(timers.setInterval(...args))) as typeof setInterval);
    return found;
  }

  it('lends a run neither its time nor its chance', async () => {
    const found = leaks();
    await simulateMany({ from: 100, count: 100, failuresMax: 1 });
    await simulateMany({ from: 100, count: 50, failuresMax: 1, partitions: true });
    expect(found).toEqual([]);
  });
});

describe('the referee notices', () => {
  it.each<[string, Defects, RegExp]>([
    [
      'lanes that are released early',
      { worker: 'lanes-too-narrow' },
      /two messages of k\d at a handler/,
    ],
    ['lanes that let others pass', { worker: 'lets-lanes-pass' }, /is finished before/],
    ['one attempt too many', { worker: 'tries-too-often' }, /last trial/],
    [
      'acks before results are stored',
      { bus: 'confirms-at-once' },
      /before its result \d is stored/,
    ],
    ['more than there is room for', { bus: 'more-than-room' }, /its room is/],
    ['pulling as if nothing could be lost', { bus: 'no-order-barrier' }, /is finished before/],
    ['a broker that forgets deliveries', { server: 'forgets-deliveries' }, /is lost/],
    ['a broker that stores twice', { server: 'stores-twice' }, /is buried 2 times/],
    ['a broker that confirms what it did not store', { server: 'confirms-unstored' }, /is stored/],
  ])('%s', { timeout: 60_000 }, async (_, defects, words) => {
    const { failed } = await simulateMany({ from: 0, count: 2_000, failuresMax: 2, defects });
    expect(failed.map(({ violation }) => violation).join('\n')).toMatch(words);
  });
});
