/**
 * Watches for what makes a figure worthless: time stolen by the hypervisor, a machine that was busy before, a CPU that is
 * not allowed its frequency, an event loop that was blocked.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

/** A watch that runs. */
export interface MachineWatch {
  /** What is wrong, a sentence each; none when all is well. Ends the watch. */
  end(): string[];
}

/** Jiffies of `/proc/stat`, all CPUs together. */
export interface CpuTimes {
  readonly total: number;
  readonly idle: number;
  readonly stolen: number;
}

const STOLEN_SHARE_MAX = 0.01;
const LOAD_SHARE_MAX = 0.25;

/** Load average of the last minute as this program began: what it does itself comes after. */
export const LOAD_BEFORE = loadavg()[0] ?? 0;

/** Begins to watch. */
export function watchMachine(): MachineWatch {
  const before = cpuTimes();
  return {
    end() {
      const after = cpuTimes();
      return [
        ...loadProblem(LOAD_BEFORE, availableParallelism()),
        ...(before && after ? stealProblem(before, after) : []),
        ...governorProblem(read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')),
      ];
    },
  };
}

/** Said when the machine was not idle before. */
export function loadProblem(load: number, cores: number): string[] {
  if (load <= cores * LOAD_SHARE_MAX) return [];
  return [
    `the machine was busy before: load average ${load.toFixed(1)} on ${cores} cores; compare ratios within this run only`,
  ];
}

/** Said when the hypervisor gave this machine's time to others. */
export function stealProblem(before: CpuTimes, after: CpuTimes): string[] {
  const share = (after.stolen - before.stolen) / Math.max(1, after.total - before.total);
  if (share <= STOLEN_SHARE_MAX) return [];
  return [
    `${(share * 100).toFixed(1)} % of the CPU time was stolen by other machines of this host: latencies are theirs too`,
  ];
}

/** Said when the CPU saves power. */
export function governorProblem(governor: string | undefined): string[] {
  const name = governor?.trim();
  if (name === undefined || name === 'performance' || name === 'schedutil') return [];
  return [
    `the CPU's frequency governor is '${name}': set it to 'performance' for figures that repeat`,
  ];
}

/** The first line of `/proc/stat`; undefined when it is none. */
export function parseCpuTimes(text: string): CpuTimes | undefined {
  const fields = /^cpu\s+([\d ]+)/.exec(text)?.[1]?.trim().split(' ').map(Number);
  if (fields === undefined || fields.length < 8) return undefined;
  const [, , , idle = 0, iowait = 0, , , stolen = 0] = fields;
  // Guest time, the fields after the eighth, is counted in user time already.
  return { total: fields.slice(0, 8).reduce((a, b) => a + b, 0), idle: idle + iowait, stolen };
}

function cpuTimes(): CpuTimes | undefined {
  return parseCpuTimes(read('/proc/stat') ?? '');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
