import { Command } from 'commander';
import { expect, it } from 'vitest';
import type { Surroundings } from '../frame/surroundings.ts';
import { addPlan } from './command.ts';
import type { Plan } from './predict.ts';

/** Runs `bench plan` in this process; resolves with what it printed. */
async function bench(args: readonly string[]): Promise<{ said: string; plan: Plan | undefined }> {
  let plan: Plan | undefined;
  let said = '';
  const io = {
    out: (text: string) => {
      said += text;
    },
    err: () => {},
    json: (value: unknown) => {
      plan = value as Plan;
    },
    tty: false,
    columns: undefined,
  };
  const program = new Command('bench').exitOverride().configureOutput({ writeErr: () => {} });
  addPlan(program, { io } as unknown as Surroundings);
  await program.parseAsync(['plan', ...args], { from: 'user' });
  return { said, plan };
}

it('fills in what is not given by the kind of sender', async () => {
  const drivers = await bench(['--drivers', '1M', '--json']);
  expect(drivers.plan?.question).toMatchObject({
    kind: 'drivers',
    senders: 1_000_000,
    intervalMs: 4_000,
    services: 4,
    subjects: 1_000_000,
    connections: 0,
    replicas: 3,
    dedupeWindowMs: 120_000,
  });
  const devices = await bench(['--devices', '1000', '--json']);
  expect(devices.plan?.question).toMatchObject({ kind: 'devices', connections: 1_000, burst: 1 });
});

it('takes every flag', async () => {
  const flags = [
    ['--drivers', '10', { senders: 10 }],
    ['--interval', '500ms', { intervalMs: 500 }],
    ['--size', '2KiB', { sizeBytes: 2_048 }],
    ['--services', '0', { services: 0 }],
    ['--filters', '7', { filters: 7 }],
    ['--replicas', '1', { replicas: 1 }],
    ['--burst', '3', { burst: 3 }],
    ['--subjects', '5', { subjects: 5 }],
    ['--dedupe-window', '10s', { dedupeWindowMs: 10_000 }],
    ['--retention', '30d', { retentionMs: 2_592_000_000 }],
    ['--connections', '9', { connections: 9 }],
    ['--sender-cpu', '1.5', { senderCpuUs: 1.5 }],
    ['--handler-cpu', '200', { handlerCpuUs: 200 }],
    ['--cores-per-server', '16', { coresPerServer: 16 }],
    ['--memory-per-server', '64GiB', { memoryPerServerBytes: 64 * 1024 ** 3 }],
    ['--network-per-server', '25', { networkPerServerBits: 25e9 }],
    ['--disk-per-server', '1GB', { diskPerServerBytes: 1e9 }],
    ['--target-utilization', '0.6', { utilization: 0.6 }],
    ['--cpu-factor', '0.5', { cpuFactor: 0.5 }],
    ['--stream-rate', '20k', { streamPerSecond: 20_000 }],
  ] as const;
  const { plan } = await bench([
    ...flags.flatMap((each) => each.slice(0, 2) as string[]),
    '--json',
  ]);
  expect(plan?.question).toMatchObject(Object.assign({}, ...flags.map(([, , set]) => set)));
});

it.each([
  [[], 'bench plan needs a load: --drivers N or --devices N'],
  [['--drivers', '0'], 'expected a whole number from 1'],
  [['--drivers', '-5'], 'expected a whole number from 1'],
  [['--drivers', 'NaN'], 'expected a whole number from 1'],
  [['--drivers', '9999999999999'], 'expected a whole number from 1'],
  [['--drivers', '1', '--devices', '1'], 'cannot be used with'],
  [['--drivers', '1000000000', '--interval', '1ms'], 'expected at most 1000000000'],
  [['--drivers', '1', '--interval', '0s'], 'expected a time from 1ms'],
  [['--drivers', '1', '--size', '0'], 'expected bytes from 1'],
  [['--drivers', '1', '--size', '1TB'], 'expected bytes from 1'],
  [['--drivers', '1', '--services', '-1'], 'expected a whole number from 0 to 1000'],
  [['--drivers', '1', '--replicas', '2'], 'Allowed choices are 1, 3'],
  [['--drivers', '1', '--cores-per-server', '0'], 'expected a number above 0'],
  [['--drivers', '1', '--target-utilization', '1.5'], 'expected a number above 0, at most 1'],
  [['--drivers', '1', '--memory-per-server', '-1'], 'expected bytes from 1KiB'],
  [['--drivers', '1', '--memory-per-server', '16MiB'], 'leave nothing for streams'],
  [['--drivers', '1', '--sevices', '1'], "unknown option '--sevices'"],
  [['--drivers', '1', 'more'], 'too many arguments'],
])('refuses %j', async (args, words) => {
  await expect(bench(args)).rejects.toThrow(words);
});
