/** Who used the processor: each component of a run by its own account, and the machine as a whole. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { byService, type ServiceName } from '../services/service-name.ts';

/** Processor time since some start, in microseconds; undefined where nobody tells. */
export interface ProcessorTimes {
  readonly atMs: number;
  /** The simulation, the publisher and the ledger: this process. */
  readonly simulator: number;
  readonly services: Readonly<Record<ServiceName, number>>;
  readonly gateway: number | undefined;
  /** The processes that only measure: viewers. */
  readonly load: number | undefined;
  readonly server: number | undefined;
  /** Every core of the machine, whoever used it. */
  readonly machine: number;
}

/** Cores in use on average: 0.5 is half a core. Null: nobody tells. */
export interface CoresUsed {
  readonly simulator: number;
  /** All processes of each service. */
  readonly services: Readonly<Record<ServiceName, number>>;
  readonly gateway: number | null;
  readonly load: number | null;
  readonly server: number | null;
  /** Everything else on this machine; null where the server's part is not known. */
  readonly others: number | null;
  readonly machine: number;
  /** Cores of the machine. */
  readonly of: number;
}

/** The times of everything that this process does not know by itself. */
export type OthersTimes = Pick<ProcessorTimes, 'services' | 'gateway' | 'load' | 'server'>;

/** Takes the times now. */
export function processorTimes(others: OthersTimes): ProcessorTimes {
  const { user, system } = process.cpuUsage();
  let busyMs = 0;
  for (const { times } of cpus()) busyMs += times.user + times.nice + times.sys + times.irq;
  return { ...others, atMs: performance.now(), simulator: user + system, machine: busyMs * 1000 };
}

/** What was used between two times. */
export function coresUsed(from: ProcessorTimes, to: ProcessorTimes): CoresUsed {
  const elapsedUs = Math.max(1, (to.atMs - from.atMs) * 1000);
  const cores = (us: number) => Math.round((Math.max(0, us) / elapsedUs) * 1000) / 1000;
  const between = (before: number | undefined, after: number | undefined) =>
    before === undefined || after === undefined ? null : cores(after - before);
  const services = byService((name) => cores(to.services[name] - from.services[name]));
  const simulator = cores(to.simulator - from.simulator);
  const gateway = between(from.gateway, to.gateway);
  const load = between(from.load, to.load);
  const server = between(from.server, to.server);
  const machine = cores(to.machine - from.machine);
  const parts = [simulator, ...Object.values(services), gateway ?? 0, load ?? 0, server ?? 0];
  const ours = parts.reduce((sum, part) => sum + part, 0);
  const others = server === null ? null : cores((machine - ours) * elapsedUs);
  return { simulator, services, gateway, load, server, others, machine, of: cpus().length };
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
const TICK_US = 10_000;
const USER_TIME = 11; // fields after the program's name, which may hold blanks
const SYSTEM_TIME = 12;

/** Processor time of another process, in microseconds; undefined where there is no /proc, or no such process. */
export function processTimeUs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const us = (Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME])) * TICK_US;
    return Number.isFinite(us) ? us : undefined;
  } catch {
    return undefined;
  }
}

/** Adds up the processor time of processes of which one follows the other. */
export interface ProcessMeter {
  /** Reads that of the process that runs now; what is gone keeps what was read of it last. */
  look(pid: number): void;
  /** Of all together, in microseconds; undefined: of none it could be read. */
  readonly us: number | undefined;
}

/** An empty one. To be looked at often: what a process used after the last look is not known when it is gone. */
export function processMeter(
  read: (pid: number) => number | undefined = processTimeUs,
): ProcessMeter {
  const used = new Map<number, number>();
  return {
    look(pid) {
      const us = read(pid);
      if (us !== undefined) used.set(pid, us);
    },
    get us() {
      if (used.size === 0) return undefined;
      return [...used.values()].reduce((sum, us) => sum + us, 0);
    },
  };
}
