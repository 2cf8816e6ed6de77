import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { directory, jetlane, start } from './cli.ts';

const DRIVERS = ['bench', 'plan', '--drivers', '1000000', '--interval', '4s'];

interface PlanJson {
  readonly question: Record<string, unknown>;
  readonly answer: Record<string, number>;
  readonly sections: readonly { readonly steps: readonly object[] }[];
  readonly model: { readonly date: string; readonly machine: string; readonly command: string };
}

describe('bench plan', () => {
  it('shows what a million drivers take, with every sum', async () => {
    const { code, out, err } = await jetlane(DRIVERS);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const words of [
      '1,000,000 drivers, a message of 120 B each every 4 s',
      '250,000/s  = 1,000,000 drivers ÷ 4 s',
      '1,000,000/s  = 250,000/s × 4 services',
      'Memory of all servers',
      'Model: ',
    ])
      expect(out).toContain(words);
    expect(out).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('prints one JSON document with the question, the answer, the sums and where the model is from', async () => {
    const { code, out } = await jetlane([...DRIVERS, '--services', '2', '--json']);
    const plan = JSON.parse(out) as PlanJson;
    expect(code).toBe(0);
    expect(plan.question).toMatchObject({ kind: 'drivers', senders: 1_000_000, services: 2 });
    expect(plan.answer).toMatchObject({ messagesPerSecond: 250_000 });
    expect(plan.sections.flatMap(({ steps }) => steps).length).toBeGreaterThan(20);
    for (const origin of [plan.model.date, plan.model.machine, plan.model.command])
      expect(origin).not.toBe('');
  });

  it('needs less for less, and is open to other machines', async () => {
    const servers = async (...more: string[]) => {
      const { out } = await jetlane([...DRIVERS, ...more, '--json']);
      return (JSON.parse(out) as PlanJson).answer['servers'] ?? 0;
    };
    const usual = await servers();
    expect(await servers('--services', '1')).toBeLessThan(usual);
    expect(await servers('--cores-per-server', '64')).toBeLessThan(usual);
    expect(await servers('--cpu-factor', '2')).toBeGreaterThan(usual);
  });

  it.each([
    [[], 'jetlane: bench plan needs a load: --drivers N or --devices N'],
    [['--drivers', 'NaN'], 'expected a whole number from 1'],
    [['--drivers', '1', '--model', '/nowhere/model.json'], 'cannot be read: ENOENT'],
  ])('refuses %j with exit code 2', async (args, words) => {
    const { code, out, err } = await jetlane(['bench', 'plan', ...args]);
    expect(err).toContain(words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('says what is wrong with a model of one’s own', async () => {
    const file = join(directory(), 'mine.json');
    writeFileSync(file, '{"format":"jetlane-scale-1","date":"","machine":"","command":""}');
    const { code, err } = await jetlane([...DRIVERS, '--model', file]);
    expect(err).toContain(
      'is no model: laws.publisherCpuUs is missing; laws.serverCpuUs is missing',
    );
    expect(code).toBe(2);
  });
});

it('bench scale measures, and Ctrl-C in the middle leaves nothing behind', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'jetlane-scale-test-'));
  onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
  const run = start(['bench', 'scale', '--size', 'quick'], { env: { TMPDIR: scratch } });
  await run.until(() => /workerCpuUs \d/.test(run.err), 'a point with a worker');
  run.child.kill('SIGINT');
  const { code, out, err } = await run.done;
  expect(err).toMatch(/fit sizeBytes 100 burst 1 services 1 .*deliveries \d+ .*serverCpuUs \d/);
  expect(err).toContain('a model needs all of its points, so nothing was written');
  expect({ code, out }).toEqual({ code: 130, out: '' });
  expect(readdirSync(scratch)).toEqual([]);
});
