import { readdirSync } from 'node:fs';
import type { SupervisedApp, SuperviseOptions, superviseApp } from 'jetlane/worker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blackBox } from '../ledger/black-box.ts';
import { METER_VARIABLE } from '../services/meter.ts';
import { SERVICES, type ServiceName } from '../services/service-name.ts';
import { type ServicePool, startServices } from './service-pool.ts';

/** A service without processes: the test says what happens to them. */
interface Played {
  readonly options: SuperviseOptions;
  readonly signals: string[];
}

const played = new Map<string, Played>();
let pool: ServicePool;

const supervise = (async (options: SuperviseOptions) => {
  const service = /(\w+)\.js$/.exec(options.app)?.[1] ?? '';
  const signals: string[] = [];
  played.set(service, { options, signals });
  const processes = options.processes ?? 1;
  for (let number = 1; number <= processes; number++) begins(service, number);
  return {
    signal: (number, signal) => signals.push(`${number} ${signal}`) > 0,
    send: () => {},
    scale: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  } as Partial<SupervisedApp> as SupervisedApp;
}) satisfies typeof superviseApp;

function begins(service: string, number: number): void {
  const ready = { event: 'ready', process: number, pid: 1000 + number, workers: [] } as const;
  played.get(service)?.options.onEvent?.(ready);
}

function dies(service: string, number: number): void {
  const died = { event: 'died', process: number, how: 'ended by SIGKILL', restartInMs: 1 } as const;
  played.get(service)?.options.onEvent?.(died);
}

async function begin(processes: number): Promise<void> {
  const shared = { servers: [], seed: 7, partitioned: false, ackWaitMs: 1000, warn: () => {} };
  pool = await startServices({ ...shared, processes }, supervise);
}

/** Resolves with whether a promise has been kept by now. */
const kept = (promise: Promise<void> | undefined) =>
  Promise.race([
    promise?.then(() => true),
    new Promise((resolve) => setImmediate(() => resolve(false))),
  ]);

beforeEach(() => played.clear());
afterEach(() => pool.stop());

const NAME: ServiceName = 'matching';

describe('the processes of a service', () => {
  it('are killed one at a time, and the next has the number of the last', async () => {
    await begin(1);
    const back = pool.kill(NAME);
    expect(played.get(NAME)?.signals).toEqual(['1 SIGKILL']);
    dies(NAME, 1);
    expect(pool.kill(NAME)).toBeUndefined();
    expect(await kept(back)).toBe(false);
    begins(NAME, 1);
    expect(await kept(back)).toBe(true);
    expect(pool.totals[NAME].restarts).toBe(1);
  });

  it('are not waited for when they were taken away instead of started again', async () => {
    await begin(2);
    dies(NAME, 1);
    const back = pool.kill(NAME);
    expect(played.get(NAME)?.signals).toEqual(['2 SIGKILL']);
    dies(NAME, 2);
    await pool.scale(NAME, 1);
    expect(await kept(back)).toBe(true);
  });

  it('are not waited for when the run ends', async () => {
    await begin(1);
    const back = pool.kill(NAME);
    dies(NAME, 1);
    await pool.stop();
    expect(await kept(back)).toBe(true);
  });

  it('leave what they had handled, when they end on their way out without a last word', async () => {
    await begin(2);
    const boxes = played.get(NAME)?.options.env?.[METER_VARIABLE] ?? '';
    const box = blackBox(boxes, NAME);
    for (const seq of [7, 8, 9]) box.note(seq);
    await Promise.resolve(); // it writes at the end of the turn
    expect(readdirSync(boxes)).toHaveLength(2);
    expect(pool.totals[NAME].settled.size).toBe(0);
    await pool.scale(NAME, 1);
    expect(pool.totals[NAME].settled.size).toBe(3);
    expect(pool.totals[NAME].processes.map(({ number }) => number)).toEqual([1]);
  });

  it('are those of every service', async () => {
    await begin(1);
    expect([...played.keys()].sort()).toEqual([...SERVICES].sort());
  });
});
