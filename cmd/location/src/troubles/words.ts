/** What a trouble did and what it did not, as one line of words, each figure of it counted. Pure. */
import type { TroubleShown } from '#figures';
import { SERVICES, type ServiceName } from '../services/service-name.ts';
import type { Account } from './account.ts';
import { POISON_ONE_IN, SLOW_MS, type TroubleOrder } from './trouble.ts';

/** What is told of a trouble. */
export interface Told {
  readonly order: TroubleOrder;
  readonly phase: TroubleShown['phase'];
  readonly account: Account;
  /** Services that this trouble or another hit since it began. */
  readonly disturbed: ReadonlySet<ServiceName>;
  /** Since it began. */
  readonly sinceMs: number;
  /** From its beginning to its end; null while it acts. */
  readonly lastedMs: number | null;
  /** From its end until everything from before that was handled; null until then. */
  readonly recoveredMs: number | null;
  /** Dead letters of the service that are there now, and those that were sent back to it since. */
  readonly deadLetters: number;
  readonly replayed: number;
}

/** The line. */
export function toWords(told: Told): string {
  const { kind, service } = told.order;
  if (service === null) return kind === 'twice' ? twice(told) : restart(told);
  switch (kind) {
    case 'slow':
      return slow(told, service);
    case 'block':
      return block(told, service);
    case 'poison':
      return poison(told, service);
    case 'add':
      return add(told, service);
    default:
      return kill(told, service);
  }
}

function kill(told: Told, name: ServiceName): string {
  const { account, sinceMs, lastedMs } = told;
  const again = account.grown(name, 'redelivered');
  if (lastedMs === null) {
    const waiting = `${many(lagNow(account, name), 'report')} to handle`;
    return `${name} was killed ${seconds(sinceMs)} ago and starts again: ${waiting}, ${lost(account)}${others(told)}`;
  }
  const back = `back after ${seconds(lastedMs)}${moved(account, name)}`;
  if (told.recoveredMs === null)
    return `${name} was killed ${seconds(sinceMs)} ago, ${back}: ${count(again)} redelivered so far, ${count(lagNow(account, name))} behind, ${lost(account)}${others(told)}`;
  return `${name} was killed, ${back}: ${count(again)} redelivered, up to ${count(account.lagMax(name))} behind, all handled ${seconds(lastedMs + told.recoveredMs)} after the kill, ${lost(account)}${others(told)}`;
}

function slow(told: Told, name: ServiceName): string {
  const { account, lastedMs } = told;
  const { lag, ackPending, ackPendingMax } = account.now.services[name];
  if (lastedMs === null)
    return `each report takes ${name} ${SLOW_MS / 1000} s longer: ${count(ackPending)} of ${count(ackPendingMax)} unacknowledged, ${count(lag)} behind, ${lost(account)}${others(told)}`;
  return `${name} was slow for ${seconds(lastedMs)}: ${drained(told, name)}${others(told)}`;
}

function block(told: Told, name: ServiceName): string {
  const { account, lastedMs, sinceMs } = told;
  if (lastedMs === null)
    return `the event loop of ${name} has stood still for ${seconds(sinceMs)}: ${count(lagNow(account, name))} behind, ${lost(account)}${others(told)}`;
  const stood = account.grown(name, 'blockedMs') || lastedMs;
  return `the event loop of ${name} stood still for ${seconds(stood)}: ${drained(told, name)}${others(told)}`;
}

function poison(told: Told, name: ServiceName): string {
  const { account, lastedMs, deadLetters, replayed } = told;
  const buried = account.grown(name, 'buried');
  const fails = `on one report in ${POISON_ONE_IN}`;
  const letters = `${many(buried, 'dead letter')}${replayed > 0 ? `, ${count(replayed)} replayed` : ''}, ${count(deadLetters)} left`;
  if (lastedMs === null) {
    const rate = `${count(account.now.services[name].deliveriesPerS)} deliveries/s go on`;
    return `${name} fails ${fails}, tries each four times and sets it aside: ${letters}, ${rate}, ${lost(account)}${others(told)}`;
  }
  return `${name} failed ${fails} for ${seconds(lastedMs)}: ${letters}, ${lost(account)}${others(told)}`;
}

function twice({ account, lastedMs }: Told): string {
  const { before, now } = account;
  const again = now.resent - before.resent;
  const dropped = now.duplicatesDropped - before.duplicatesDropped;
  const rates = `the services get ${count(now.deliveriesPerS)}/s, ${count(before.deliveriesPerS)}/s before`;
  const verb = lastedMs === null ? 'is' : 'was';
  const span = lastedMs === null ? '' : ` for ${seconds(lastedMs)}`;
  return `every report ${verb} sent twice${span}: ${count(again)} sent again, ${count(dropped)} dropped by their Nats-Msg-Id; ${rates}, ${lost(account)}`;
}

function restart(told: Told): string {
  const { account, sinceMs, lastedMs } = told;
  const { now, before } = account;
  const waiting = `${many(now.unconfirmed, 'report')} wait for confirmation`;
  if (lastedMs === null)
    return `nats-server was killed ${seconds(sinceMs)} ago: ${waiting}, ${lost(account)}`;
  const failed = now.failed - before.failed;
  const sent = failed === 0 ? 'every report was confirmed' : `${count(failed)} reports failed`;
  const away = `nats-server was killed and away for ${seconds(lastedMs)}`;
  if (told.recoveredMs === null)
    return `${away}: ${waiting}, up to ${count(account.lagMax(null))} behind, ${lost(account)}`;
  return `${away}: ${sent}, ${drained(told, null)}`;
}

function add(told: Told, name: ServiceName): string {
  const { account, lastedMs } = told;
  const { processes, lag } = account.now.services[name];
  const again = `${count(account.grown(name, 'redelivered'))} redelivered`;
  if (lastedMs !== null)
    return `the second process of ${name} drained and left after ${seconds(lastedMs)}${withShare(account, name)}: ${again}, ${lost(account)}`;
  const up = processes.filter((process) => process.up);
  if (up.length < 2) return `a second process of ${name} starts`;
  const shares = up.map((process) => `${count(process.deliveriesPerS)}/s`).join(' and ');
  return `${name} runs in ${count(up.length)} processes: ${shares}${moved(account, name)}, ${count(lag)} behind, ${again}, ${lost(account)}`;
}

/** How a backlog grew and went. */
function drained(told: Told, name: ServiceName | null): string {
  const { account, recoveredMs } = told;
  const again = `${count(account.grown(name, 'redelivered'))} redelivered`;
  const most = `up to ${count(account.lagMax(name))} behind`;
  if (recoveredMs === null) {
    const names = name === null ? SERVICES : [name];
    const left = Math.max(...names.map((each) => account.now.services[each].lag));
    return `${most}, ${count(left)} now, ${again}, ${lost(account)}`;
  }
  return `${most}, all handled ${seconds(recoveredMs)} after, ${again}, ${lost(account)}`;
}

/** How many partitions each process has, where there are partitions and several processes. */
function moved(account: Account, name: ServiceName): string {
  const { partitions, processes } = account.now.services[name];
  if (
    partitions === null ||
    (processes.length < 2 && account.before.services[name].processes.length < 2)
  )
    return '';
  const shares = processes.map(
    ({ number }) => partitions.filter((owner) => owner === number).length,
  );
  return `, partitions ${shares.join(' and ')} of ${partitions.length}`;
}

function withShare(account: Account, name: ServiceName): string {
  const share = account.share(name);
  const all = account.now.services[name].partitions?.length;
  return share === undefined || all === undefined ? '' : ` with its ${share} of ${all} partitions`;
}

/** The service that was disturbed most among those that no trouble hit meanwhile; nothing where there is none. */
function others({ account, disturbed }: Told): string {
  let worst: Disturbed | undefined;
  for (const name of SERVICES) {
    const { before, since } = account.p99(name);
    if (disturbed.has(name) || before === null || since === null) continue;
    if (!worst || since / before > worst.since / worst.before) worst = { name, before, since };
  }
  if (!worst) return '';
  const { name, before, since } = worst;
  const steady = since <= before * STEADY_TIMES + STEADY_MS;
  return `; ${name} p99 ${latency(since)}${steady ? ' as before' : `, ${latency(before)} before`}`;
}

interface Disturbed {
  readonly name: ServiceName;
  readonly before: number;
  readonly since: number;
}

/** So much more is the same as before, on a machine that does other things too. */
const STEADY_TIMES = 1.25;
const STEADY_MS = 1;

const lagNow = (account: Account, name: ServiceName) => account.now.services[name].lag;
const lost = ({ now }: Account) => (now.lost === 0 ? 'nothing lost' : `${count(now.lost)} LOST`);
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = (value: number) => whole.format(value);
const many = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 60_000 ? 1 : 0)} s`;
const latency = (ms: number) => `${ms < 10 ? ms.toFixed(1) : count(ms)} ms`;
