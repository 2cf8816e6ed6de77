import { describe, expect, it } from 'vitest';
import { byService } from '../services/service-name.ts';
import { type Judged, verdict } from './limit.ts';
import { coresUsed, processorTimes, processTimeUs } from './processor.ts';

const quiet: Judged = {
  intendedPerS: 1000,
  achievedPerS: 1000,
  late: 0,
  skipped: 0,
  failed: 0,
  lag: 10,
  seconds: 10,
  processes: 1,
  cores: {
    simulator: 0.2,
    services: byService(() => 0.1),
    gateway: null,
    load: null,
    server: 0.5,
    others: 0.05,
    machine: 1.2,
    of: 2,
  },
};

describe('the limit of a run', () => {
  it('is not reached when everything was confirmed in time', () => {
    expect(verdict(quiet)).toEqual({ held: true, limit: 'none reached' });
  });

  it.each([
    [{ achievedPerS: 900 }, '90 % of the intended rate was confirmed'],
    [{ late: 200 }, '2 % of the reports were sent late'],
    [{ skipped: 5000 }, '50 % were not sent'],
    [{ failed: 3 }, '3 publishes failed'],
    [{ lag: 2500 }, 'a service was 2.5 s of reports behind'],
  ])('is told with what gave way: %o', (change, words) => {
    const { held, limit } = verdict({ ...quiet, ...change });
    expect(held).toBe(false);
    expect(limit).toContain(`${words}: `);
    expect(limit).toContain('no thread and not the machine (60 % busy)');
  });

  it('is a thread that was full, before the machine', () => {
    const { cores } = quiet;
    const full = { ...quiet, lag: 9999 };
    const services = { ...cores.services, surge: 1.9 };
    const because = (changed: Partial<Judged>) => verdict({ ...full, ...changed }).limit;
    expect(because({ cores: { ...cores, simulator: 0.97, machine: 2 } })).toContain(
      'the simulator was busy 97 % of the time, and it is one thread',
    );
    expect(because({ cores: { ...cores, services }, processes: 2 })).toContain(
      'surge was busy 95 % of the time, and give it more --processes',
    );
    expect(because({ cores: { ...cores, machine: 1.95 } })).toContain(
      'the processor: all 2 cores were busy, mostly with nats-server',
    );
  });
});

describe('the processor', () => {
  it('is told by component, and the rest is of others', () => {
    const others = { services: byService(() => 0), gateway: undefined, load: 0, server: 0 };
    const from = { ...processorTimes(others), atMs: 0, simulator: 0, machine: 0 };
    const to = {
      ...from,
      atMs: 1000,
      simulator: 250_000,
      machine: 1_500_000,
      server: 500_000,
      services: byService(() => 100_000),
    };
    expect(coresUsed(from, to)).toMatchObject({
      simulator: 0.25,
      services: byService(() => 0.1),
      gateway: null,
      load: 0,
      server: 0.5,
      others: 0.35,
      machine: 1.5,
    });
    expect(coresUsed(from, { ...to, server: undefined })).toMatchObject({
      server: null,
      others: null,
    });
  });

  it.runIf(process.platform === 'linux')('of another process is read from /proc', () => {
    expect(processTimeUs(process.pid)).toBeGreaterThan(10_000);
    expect(processTimeUs(2 ** 30)).toBeUndefined();
  });
});
