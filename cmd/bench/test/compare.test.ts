/** A short comparison on a real server: of what needs nothing else, and of the rivals’ packages where they are installed. */
import { open } from '@jetlane/core';
import { expect, it } from 'vitest';
import { versionOf } from '../src/rivals/packages.ts';
import { bench, benchInterrupted, type Printed } from './fixtures/bench.ts';

const installed = versionOf('nats') !== undefined;

it('Jetlane and nats.js v3 publish, work and take a fixed rate, in turn', async () => {
  const { rows } = await compare('--rivals', 'nats-v3');
  expect(rows.map(({ id }) => id)).toEqual(['jetlane', 'nats-v3']);
  for (const row of rows) {
    expect(row).toMatchObject({ rounds: 1, arrivedAt200: 1, note: null });
    expect(row.publishPerSecond).toBeGreaterThan(0);
    expect(row.workPerSecond).toBeGreaterThan(0);
    expect(row.p50UsAt200).toBeGreaterThan(0);
  }
  expect(rows[0]).toMatchObject({ publishRatio: 1, workRatio: 1 });
}, 120_000);

// skipped: only where `npm run bench -- compare --install` was run are there packages to measure
it.skipIf(!installed)(
  'nats.js v2 and the NestJS transport take part once they are installed',
  async () => {
    const { rows } = await compare('--rivals', 'nats-v2,nestjs-jetstream');
    const [, v2, nest] = rows;
    expect(v2).toMatchObject({ rounds: 1, note: null });
    expect(nest).toMatchObject({ rounds: 1, publishPerSecond: null });
    expect(nest?.workPerSecond).toBeGreaterThan(0);
    expect(nest?.note).toContain('emit() does not tell');
  },
  120_000,
);

it('a rival that lacks its server is listed as not run, with how to get it', async () => {
  const { PATH, KAFKA_HOME, KAFKA_BROKERS } = process.env;
  try {
    process.env.PATH = '';
    delete process.env.KAFKA_HOME;
    delete process.env.KAFKA_BROKERS;
    const { rows, errors } = await compare('--rivals', 'kafka,nats-bench');
    const [, kafka, natsBench] = rows;
    expect(kafka).toMatchObject({ rounds: 0, publishPerSecond: null });
    expect(kafka?.note).toMatch(/^not run: (not installed|KAFKA_BROKERS is not set)/);
    expect(natsBench?.note).toMatch(/^not run: no nats \(natscli\) on the PATH: go install/);
    expect(errors.join('\n')).toContain('not run: kafka');
  } finally {
    Object.assign(process.env, {
      PATH,
      ...(KAFKA_HOME && { KAFKA_HOME }),
      ...(KAFKA_BROKERS && { KAFKA_BROKERS }),
    });
  }
}, 120_000);

it('a comparison that is interrupted leaves no server behind', async () => {
  const started = (line: string) => / of its own at /.test(line);
  const printed = await benchInterrupted(started, 'compare', '--rivals', 'nats-v3');
  expect(printed).toMatchObject({ exitCode: 130 });
  const url = /nats:\/\/\S+/.exec(printed.errors.find(started) ?? '')?.[0];
  await expect(open({ servers: url, name: 'test' })).rejects.toThrow();
}, 120_000);

it('a rival that nobody knows is refused, with those that there are', async () => {
  await expect(compare('--rivals', 'carrier-pigeon')).rejects.toThrow(
    'there is no rival carrier-pigeon: expected jetlane, nats-v3',
  );
  await expect(compare('--rates', '10k,fast')).rejects.toThrow('expected a whole number');
});

function compare(...args: readonly string[]): Promise<Printed> {
  const quick = ['--rounds', '1', '--no-warm-up', '--duration', '200ms', '--rates', '200'];
  return bench('compare', ...quick, ...args);
}
