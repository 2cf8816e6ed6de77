/** CPU time of other processes by the operating system's own accounting. Linux only: elsewhere nothing is said. */
import { readFileSync } from 'node:fs';

/** Microseconds of CPU time that these processes have used, all their threads together; undefined where that cannot be read. */
export function cpuTimeUs(pids: readonly number[]): number | undefined {
  if (pids.length === 0) return undefined;
  try {
    return pids.reduce((sum, pid) => sum + ofStat(readFileSync(`/proc/${pid}/stat`, 'utf8')), 0);
  } catch {
    return undefined; // no /proc, or the process is gone
  }
}

/** USER_HZ: what user space sees is 100 on every architecture that Node supports. */
const TICK_US = 10_000;

/** utime and stime of a line of `/proc/PID/stat`. The command, in brackets, may hold spaces and brackets. Exported for its tests. */
export function ofStat(line: string): number {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
