/** Figures as text: the live table and the summary at the end. Pure. */

import type { LatencyMs } from '#figures';
import { SERVICES } from '../services/service-name.ts';
import type { Figures, Result } from './figures.ts';
import type { LoadResult } from './measured.ts';
import type { CoresUsed } from './processor.ts';

/** What stands above the table. */
export interface Headline {
  readonly title: string;
  /** Page address, or undefined when headless. */
  readonly url: string | undefined;
  readonly viewers: number;
}

/** The live table, one string a line. */
export function liveTable(figures: Figures, { title, url, viewers }: Headline): string[] {
  const { rides, fraud } = figures;
  const pages = url === undefined ? 'no page' : `${url}  ${count(viewers)} viewing`;
  const header = row('', ['msg/s', 'p50 ms', 'p99 ms', 'p99.9', 'lag', 'unacked', 'cap', 'lost']);
  return [
    `${title}  ${duration(figures.runS)}  ${pages}`,
    `publishes ${count(figures.publishesPerS)}/s  deliveries ${count(figures.deliveriesPerS)}/s  ` +
      `redelivered ${count(figures.redelivered)}`,
    `duplicates dropped ${count(figures.duplicatesDropped)}  ${sending(figures)}`,
    header,
    ...SERVICES.map((name) => {
      const one = figures.services[name];
      const { deliveriesPerS, latencyMs, lag, ackPending, ackPendingMax, lost } = one;
      const counts = [lag, ackPending, ackPendingMax, lost].map(count);
      return row(name, [count(deliveriesPerS), ...latency(latencyMs), ...counts]);
    }),
    `rides ${count(rides.matched)} of ${count(rides.requested)} matched  ` +
      `eta error ${seconds(figures.etaMedianAbsErrorS)}  ` +
      `fraud precision ${share(fraud.precision)} recall ${share(fraud.recall)}`,
  ];
}

/** One line for logs, when there is no terminal. */
export function liveLine(figures: Figures): string {
  const each = SERVICES.map((name) => {
    const { latencyMs, lag } = figures.services[name];
    return `${name} p99 ${ms(latencyMs.p99)} ms lag ${count(lag)}`;
  });
  return (
    `${duration(figures.runS)}  ${count(figures.publishesPerS)} published/s  ` +
    `${count(figures.deliveriesPerS)} delivered/s  ${each.join('  ')}  lost ${count(figures.lost)}`
  );
}

/** What a run says when it has ended. */
export function summary(result: Result, notes: readonly string[]): string[] {
  const { services, rides, eta } = result;
  const lost = SERVICES.reduce((sum, name) => sum + services[name].lost, 0);
  return [
    `${count(result.published)} published, ${count(result.duplicatesDropped)} duplicates dropped, ` +
      `${lost === 0 ? 'nothing lost' : `${count(lost)} LOST`}  (seed ${result.seed}, ${result.server})`,
    row('', ['handled', 'lost', 'redeliv', 'lag', 'p50 ms', 'p99 ms', 'p99.9']),
    ...SERVICES.map((name) => {
      const { delivered, lost: missing, redelivered, lagAtEnd, latencyMs } = services[name];
      const counts = [delivered, missing, redelivered, lagAtEnd].map(count);
      return row(name, [...counts, ...latency(latencyMs)]);
    }),
    `rides ${count(rides.matched)} of ${count(rides.requested)} matched  ` +
      `eta error ${seconds(eta.medianAbsErrorS)}  fraud precision ` +
      `${share(services.fraud.precision)} recall ${share(services.fraud.recall)}`,
    ...loadLines(result.load),
    ...notes,
  ];
}

/** What was offered and held, who used the processor, and the limit in words. */
function loadLines({ viewers, floor, ...load }: LoadResult): string[] {
  const { intendedPerS, achievedPerS, cores, limit } = load;
  const lines = [
    `offered ${count(intendedPerS)}/s, confirmed ${count(achievedPerS)}/s  ${sending(load)}`,
    `cores used of ${cores.of}: ${coreList(cores)}`,
  ];
  if (viewers) {
    const { latencyMs, gatewayMiB } = viewers;
    lines.push(
      `viewers ${count(viewers.viewers)}  positions ${count(viewers.positionsPerS)}/s in ` +
        `${count(viewers.framesPerS)} frames/s of ${count(viewers.takenPerS)} taken/s  ` +
        `p50 ${ms(latencyMs.p50)} ms  p99 ${ms(latencyMs.p99)} ms to the socket  ` +
        `shed ${count(viewers.shed)}  gateway memory ${gatewayMiB.join(' → ')} MiB`,
    );
  }
  if (floor) {
    const times = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} ×`);
    lines.push(
      `core NATS at this rate p50 ${ms(floor.latencyMs.p50)} ms  p99 ${ms(floor.latencyMs.p99)} ms: ` +
        `slowest service ${times(floor.servicesTimes)}, viewers ${times(floor.viewersTimes)} its p99`,
    );
  }
  return [...lines, `limit: ${limit}`];
}

function coreList({ simulator, services, gateway, load, server, others }: CoresUsed): string {
  const parts: (readonly [string, number | null])[] = [
    ['simulator', simulator],
    ...SERVICES.map((name) => [name, services[name]] as const),
    ['gateway', gateway],
    ['viewers', load],
    ['nats-server', server],
    ['other programs', others],
  ];
  return parts
    .filter((part): part is readonly [string, number] => part[1] !== null)
    .map(([name, used]) => `${name} ${used.toFixed(2)}`)
    .join('  ');
}

function sending({ late, skipped, failed }: Pick<Figures, 'late' | 'skipped' | 'failed'>): string {
  return `late ${count(late)}  skipped ${count(skipped)}  failed ${count(failed)}`;
}

const row = (name: string, cells: readonly string[]) =>
  name.padEnd(9) + cells.map((cell) => cell.padStart(8)).join('');
const latency = ({ p50, p99, p999 }: LatencyMs) => [ms(p50), ms(p99), ms(p999)];
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = (value: number) => whole.format(value);
const ms = (value: number | null) => (value === null ? '-' : value.toFixed(value < 10 ? 2 : 1));
const seconds = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} s`);
const share = (value: number | null) => (value === null ? '-' : value.toFixed(2));
const duration = (s: number) =>
  `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
