/** Whether a run held the load that it was offered, and if not, what gave way first. Pure. */
import { SERVICES } from '../services/service-name.ts';
import type { CoresUsed } from './processor.ts';

/** What was offered and what became of it, in the part of the run that counts. */
export interface Offered {
  /** By the schedule, a second. */
  readonly intendedPerS: number;
  /** Confirmed by the stream, a second. */
  readonly achievedPerS: number;
  /** Sent over 50 ms late. */
  readonly late: number;
  /** Not sent: too many waited, or time was up. */
  readonly skipped: number;
  readonly failed: number;
  /** What the service furthest behind had not settled when sending ended. */
  readonly lag: number;
}

/** What {@link verdict} judges. */
export interface Judged extends Offered {
  readonly cores: CoresUsed;
  /** Processes of each service. */
  readonly processes: number;
  /** How long that part was, in seconds. */
  readonly seconds: number;
}

/** Held or not, and why, in words. */
export interface Verdict {
  readonly held: boolean;
  readonly limit: string;
}

const ACHIEVED_SHARE = 0.98;
const LATE_SHARE = 0.01;
const LAG_S = 1;
const FULL_THREAD = 0.9;
const FULL_MACHINE = 0.92;

/** Judges one run. */
export function verdict(run: Judged): Verdict {
  const gaveWay = complaints(run);
  if (gaveWay.length === 0) return { held: true, limit: 'none reached' };
  return { held: false, limit: `${gaveWay.join(', ')}: ${reason(run)}` };
}

function complaints(run: Judged): string[] {
  const { intendedPerS, achievedPerS, late, skipped, failed, lag, seconds } = run;
  const reports = Math.max(1, intendedPerS * seconds);
  return [
    achievedPerS < intendedPerS * ACHIEVED_SHARE &&
      `${percent(achievedPerS / intendedPerS)} of the intended rate was confirmed`,
    late > reports * LATE_SHARE &&
      `${percent(Math.min(1, late / reports))} of the reports were sent late`,
    skipped > 0 && `${percent(Math.min(1, skipped / reports))} were not sent`,
    failed > 0 && `${failed} publishes failed`,
    lag > intendedPerS * LAG_S &&
      `a service was ${(lag / intendedPerS).toFixed(1)} s of reports behind`,
  ].filter((words) => words !== false);
}

/** What was full: a thread first, since more cores would not help it; then the machine. */
function reason({ cores, processes }: Judged): string {
  const threads = [
    { name: 'the simulator', used: cores.simulator, hint: 'it is one thread' },
    { name: 'the gateway', used: cores.gateway ?? 0, hint: 'it is one thread' },
    ...SERVICES.map((name) => ({
      name,
      used: cores.services[name] / processes,
      hint: 'give it more --processes',
    })),
  ].filter(({ used }) => used >= FULL_THREAD);
  const [fullest] = threads.sort((a, b) => b.used - a.used);
  if (fullest) {
    return `${fullest.name} was busy ${percent(Math.min(1, fullest.used))} of the time, and ${fullest.hint}`;
  }
  if (cores.machine < cores.of * FULL_MACHINE) {
    return `no thread and not the machine (${percent(cores.machine / cores.of)} busy): it waited for the server's disk, the network, or its turn`;
  }
  return `the processor: all ${cores.of} cores were busy, mostly with ${largest(cores)}`;
}

/** The largest user of the processor, by name. */
function largest(cores: CoresUsed): string {
  const users: (readonly [string, number | null])[] = [
    ['nats-server', cores.server],
    ['the services', SERVICES.reduce((sum, name) => sum + cores.services[name], 0)],
    ['the simulator', cores.simulator],
    ['the gateway', cores.gateway],
    ['the viewers', cores.load],
    ['other programs of this machine', cores.others],
  ];
  const [first] = users.sort((a, b) => (b[1] ?? 0) - (a[1] ?? 0));
  return (first as readonly [string, number | null])[0];
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
