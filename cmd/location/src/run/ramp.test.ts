import { expect, it } from 'vitest';
import { byService } from '../services/service-name.ts';
import type { Result } from './figures.ts';
import { parseOptions } from './options.ts';
import { RAMP_HEAD, type RampStep, ramp, rampLine, rampSummary } from './ramp.ts';

const LIMIT = 'the processor: 2 of 2 cores were busy';

/** A machine that holds so many drivers, and is slow above `slowFrom`. */
function machine(holds: number, slowFrom = Number.POSITIVE_INFINITY) {
  return async ({ drivers, intervalMs }: { drivers: number; intervalMs: number }) => {
    const p99 = drivers > slowFrom ? 900 : 20;
    const service = {
      delivered: 1,
      lost: 0,
      redelivered: 0,
      deadLetters: 0,
      lagAtEnd: 5,
      latencyMs: { p50: 2, p99, p999: p99 },
    };
    const perS = (drivers * 1000) / intervalMs;
    const cores = {
      simulator: 0.1,
      services: byService(() => 0.1),
      gateway: null,
      load: null,
      server: 0.5,
      others: 0,
      machine: 1,
      of: 2,
    };
    const result = {
      services: { ...byService(() => service), fraud: { ...service, precision: 1, recall: 1 } },
      load: { intendedPerS: perS, achievedPerS: perS, held: drivers <= holds, limit: LIMIT, cores },
    } as unknown as Result;
    return { result, summary: [] };
  };
}

const options = parseOptions(['--headless', '--ramp', '--drivers', '1000'], {});
const never = new AbortController().signal;

it('a ramp raises the drivers until a run does not hold, and looks twice between', async () => {
  const told: RampStep[] = [];
  const end = await ramp(options, machine(2000), (step) => told.push(step), never);
  expect(end.steps.map(({ drivers, held }) => [drivers, held])).toEqual([
    [1000, true],
    [1500, true],
    [2250, false],
    [1875, true],
    [2063, false],
  ]);
  expect(told).toEqual(end.steps);
  expect(end).toMatchObject({ knee: { drivers: 1875, perS: 468.75 }, limit: LIMIT });
  expect(rampSummary(end).join('. ')).toBe(
    `the knee: 1,875 drivers, 469 reports a second to each service. above it: ${LIMIT}`,
  );
});

it('a run whose slowest service is over the limit does not hold', async () => {
  const end = await ramp(options, machine(9e9, 1200), () => {}, never);
  expect(end.knee?.drivers).toBeLessThanOrEqual(1200);
  expect(end.limit).toContain('p99 900 ms is over 250 ms');
});

it('says that nothing broke, and that nothing held', async () => {
  const all = await ramp(options, machine(9e9), () => {}, never);
  expect(all.steps.at(-1)?.drivers).toBe(200_000);
  expect(rampSummary(all)[1]).toBe('nothing broke: start with more --drivers');
  const none = await ramp(options, machine(1), () => {}, never);
  expect(none.steps).toHaveLength(1);
  expect(rampSummary(none)[0]).toContain('not even the first step held');
});

it('a step that was interrupted counts for nothing', async () => {
  const stop = new AbortController();
  stop.abort();
  const end = await ramp(options, machine(1), () => {}, stop.signal);
  expect(end).toEqual({ steps: [], knee: null, limit: null });
});

it('a step is a line under the head', async () => {
  const end = await ramp(options, machine(1), () => {}, never);
  const line = rampLine(end.steps[0] as RampStep);
  expect(line).toHaveLength(RAMP_HEAD.length);
  expect(line).toMatchInlineSnapshot(
    `"   1,000        250         250      2.0     20.0        5       0.10     0.40   0.50   0.00    no"`,
  );
});
