import { expect, it } from 'vitest';
import { cpuTimeUs, ofStat } from './cpu-time.ts';
import { governorProblem, loadProblem, parseCpuTimes, stealProblem } from './machine-watch.ts';

it('the CPU time of a process is its user and system ticks, whatever it is called', () => {
  const line = '42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 11 0 5 6';
  expect(ofStat(line)).toBe(3_000_000);
});

it('nothing is said of a process that is gone, or of none', () => {
  expect(cpuTimeUs([2 ** 30])).toBeUndefined();
  expect(cpuTimeUs([])).toBeUndefined();
});

it('stolen time is told when it is more than one per cent', () => {
  const before = parseCpuTimes('cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3');
  const after = parseCpuTimes('cpu  150 0 150 860 0 0 0 40 0 0\n');
  if (before === undefined || after === undefined) throw new Error('no times');
  expect(after).toEqual({ total: 1_200, idle: 860, stolen: 40 });
  expect(stealProblem(before, after)).toEqual([
    '20.0 % of the CPU time was stolen by other machines of this host: latencies are theirs too',
  ]);
  expect(stealProblem(before, { ...after, stolen: 1 })).toEqual([]);
  expect(parseCpuTimes('')).toBeUndefined();
});

it('a busy machine and a CPU that saves power are told', () => {
  expect(loadProblem(0.4, 2)).toEqual([]);
  expect(loadProblem(1.5, 2)[0]).toContain('load average 1.5 on 2 cores');
  expect(governorProblem('powersave\n')[0]).toContain("'powersave'");
  expect(governorProblem('performance\n')).toEqual([]);
  expect(governorProblem(undefined)).toEqual([]);
});
