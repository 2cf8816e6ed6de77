/** Figures as text: the live table and the summary at the end. Pure. */

import { type Style, visibleLength } from 'jetlane/terminal';
import type { LatencyMs, ServiceFigures, Stall } from '#figures';
import { SERVICES } from '../services/service-name.ts';
import type { Figures, Result, ServiceResult } from './figures.ts';
import {
  count,
  fit,
  flow,
  ms,
  msColumn,
  type TableColumn,
  table,
  UNLIMITED,
  words,
} from './layout.ts';
import type { LoadResult } from './measured.ts';
import type { CoresUsed } from './processor.ts';
import type { View } from './screen.ts';

/** More than so many times what was offered is more than chance. */
const CAUGHT_UP = 1.02;

/** What stands above the table. */
export interface Headline {
  readonly title: string;
  /** Page address, or undefined when headless. */
  readonly url: string | undefined;
  readonly viewers: number;
}

/** Where the page is; in a narrow window its address has a line of its own. */
export function addressLines(url: string, view: Pick<View, 'columns'>): string[] {
  return wholeOr(`The live map is at ${url}  (Ctrl-C ends)`, view, [
    'The live map is at',
    url,
    '(Ctrl-C ends)',
  ]);
}

/** How to see what the demo's own nats-server holds, from its clone. */
export function insideLines(server: string, view: Pick<View, 'columns'>): string[] {
  const command = `npx jetlane top -s ${server.replace('nats://', '')}`;
  return wholeOr(`look inside: ${command}`, view, ['look inside:', command]);
}

function wholeOr(line: string, view: Pick<View, 'columns'>, parts: readonly string[]): string[] {
  return visibleLength(line) <= (view.columns ?? Number.POSITIVE_INFINITY)
    ? [line]
    : flow(parts, view, ' ');
}

/**
 * The live table, one string a line: as many columns as the view is wide, and as many lines as it is high. What is given up first is
 * what says least about health.
 */
export function liveTable(
  figures: Figures,
  { title, url, viewers }: Headline,
  view: View = UNLIMITED,
): string[] {
  const { rides, fraud } = figures;
  const { style } = view;
  const pages = url === undefined ? ['no page'] : [style.cyan(url), `${count(viewers)} viewing`];
  const head = flow([style.bold(title), duration(figures.runS), ...pages], view);
  const rates = flow(
    [
      `publishes ${count(figures.publishesPerS)}/s`,
      `deliveries ${count(figures.deliveriesPerS)}/s`,
      `redelivered ${count(figures.redelivered)}`,
    ],
    view,
  );
  const sent = flow(
    [`duplicates dropped ${count(figures.duplicatesDropped)}`, ...sending(figures, style)],
    view,
  );
  const services = table(
    LIVE_COLUMNS,
    SERVICES.map((name) => [name, figures.services[name]] as const),
    view,
  );
  const outcome = flow(
    [
      `rides ${count(rides.matched)} of ${count(rides.requested)} matched`,
      `eta error ${seconds(figures.etaMedianAbsErrorS)}`,
      `fraud precision ${share(fraud.precision)} recall ${share(fraud.recall)}`,
    ],
    view,
  );
  const { stall, unconfirmed } = figures;
  const still = stall ? words(stallWords(stall, unconfirmed), view).map(style.yellow) : [];
  return fit(
    [
      { lines: head, rank: 3 },
      { lines: still, rank: 1 },
      { lines: rates, rank: 4 },
      { lines: sent, rank: 2 },
      { lines: services, rank: 0 },
      { lines: outcome, rank: 5 },
    ],
    view,
  );
}

/** Why nothing moves, and what becomes of what waits. */
function stallWords({ where, forMs, answers, copies }: Stall, waiting: number): string {
  const span = `for ${Math.floor(forMs / 1000)} s`;
  if (where === 'map')
    return `no positions on the map ${span}, though the stream stores them: it gets them all, late`;
  const still = answers
    ? 'the stream confirms nothing'
    : copies > 1
      ? 'no server answers as the leader of the stream'
      : 'nats-server does not answer';
  const wait = waiting === 1 ? 'report waits and is' : 'reports wait and are';
  return `${still} ${span}: ${count(waiting)} ${wait} sent again until stored`;
}

/** One line for logs, when there is no terminal. */
export function liveLine(figures: Figures): string {
  const each = SERVICES.map((name) => {
    const { latencyMs, lag } = figures.services[name];
    return `${name} p99 ${ms(latencyMs.p99)} ms lag ${count(lag)}`;
  });
  return (
    `${duration(figures.runS)}  ${count(figures.publishesPerS)} published/s  ` +
    `${count(figures.deliveriesPerS)} delivered/s  ${each.join('  ')}  lost ${count(figures.lost)}` +
    (figures.stall ? `  ${stallWords(figures.stall, figures.unconfirmed)}` : '')
  );
}

/** What a run says when it has ended. */
export function summary(
  result: Result,
  notes: readonly string[],
  view: View = UNLIMITED,
): string[] {
  const { services, rides, eta } = result;
  const { style } = view;
  const lost = SERVICES.reduce((sum, name) => sum + services[name].lost, 0);
  const verdict = lost === 0 ? style.green('nothing lost') : style.red(`${count(lost)} LOST`);
  const published = `${count(result.published)} published, ${count(result.duplicatesDropped)} duplicates dropped,`;
  const of = `(seed ${result.seed}, ${result.server})`;
  return [
    ...wholeOr(`${published} ${verdict}  ${of}`, view, [published, verdict, of]),
    ...table(
      END_COLUMNS,
      SERVICES.map((name) => [name, services[name]] as const),
      view,
    ),
    ...flow(
      [
        `rides ${count(rides.matched)} of ${count(rides.requested)} matched`,
        `eta error ${seconds(eta.medianAbsErrorS)}`,
        `fraud precision ${share(services.fraud.precision)} recall ${share(services.fraud.recall)}`,
      ],
      view,
    ),
    ...loadLines(result.load, view),
    ...[...notes, ...meanings(result)].flatMap((note) => words(note, view)),
  ];
}

/** What was offered and held, who used the processor, and the limit in words. */
function loadLines({ viewers, floor, ...load }: LoadResult, view: View): string[] {
  const { intendedPerS, achievedPerS, leftOutS, cores, limit } = load;
  const since = leftOutS > 0 ? `after the first ${leftOutS} s: ` : '';
  const more = achievedPerS > intendedPerS * CAUGHT_UP ? ' (some had waited since before)' : '';
  const offered = `${since}offered ${count(intendedPerS)}/s, confirmed ${count(achievedPerS)}/s${more}`;
  const lines = [
    ...flow([offered, ...sending(load, view.style)], view),
    ...flow(
      [`cores used of ${cores.of}: ${coreList(cores)[0]}`, ...coreList(cores).slice(1)],
      view,
    ),
  ];
  if (viewers) {
    const { latencyMs, gatewayMiB } = viewers;
    const parts = [
      `viewers ${count(viewers.viewers)}`,
      `positions ${count(viewers.positionsPerS)}/s in ` +
        `${count(viewers.framesPerS)} frames/s of ${count(viewers.takenPerS)} taken/s`,
      `p50 ${ms(latencyMs.p50)} ms`,
      `p99 ${ms(latencyMs.p99)} ms to the socket`,
      `shed ${count(viewers.shed)}`,
      `gateway memory ${gatewayMiB.join(' → ')} MiB`,
    ];
    lines.push(...flow(parts, view));
  }
  if (floor) {
    const times = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} ×`);
    const core = `core NATS at this rate p50 ${ms(floor.latencyMs.p50)} ms`;
    const compared =
      `p99 ${ms(floor.latencyMs.p99)} ms: slowest service ${times(floor.servicesTimes)}, ` +
      `viewers ${times(floor.viewersTimes)} its p99`;
    lines.push(...flow([core, compared], view));
  }
  return [...lines, ...words(`limit: ${limit}`, view)];
}

/** What figures of a summary count, where it is not what one would think. */
function meanings({ services, load: { leftOutS } }: Result): string[] {
  const behind = SERVICES.some((name) => services[name].lagAtEnd > 0);
  return [
    ...(behind ? ['lag at end: not handled yet when sending ended, before draining'] : []),
    leftOutS > 0
      ? `latencies leave out the first ${leftOutS} s, while the code is cold`
      : 'latencies include the first seconds, while the code is cold: the run was too short to leave them out',
  ];
}

function coreList({ simulator, services, gateway, load, server, others }: CoresUsed): string[] {
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
    .map(([name, used]) => `${name} ${used.toFixed(2)}`);
}

function sending(
  { late, skipped, failed }: Pick<Figures, 'late' | 'skipped' | 'failed'>,
  style: Style,
): string[] {
  const one = (words: string, value: number) =>
    value === 0 ? `${words} 0` : style.yellow(`${words} ${count(value)}`);
  return [one('late', late), one('skipped', skipped), one('failed', failed)];
}

const dimZero = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.dim(padded) : padded;
const loud = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.green(padded) : style.red(padded);

type Latent = { readonly latencyMs: LatencyMs };
const latency = (title: string, rank: number, at: keyof LatencyMs): TableColumn<Latent> => ({
  title,
  rank,
  cells: (all) => msColumn(all.map(({ latencyMs }) => latencyMs[at])),
});
const counted = <T>(
  title: string,
  rank: number,
  of: (one: T) => number,
  paint?: TableColumn<T>['paint'],
): TableColumn<T> => ({
  title,
  rank,
  cells: (all) => all.map((one) => count(of(one))),
  ...(paint && { paint }),
});
const LATENCIES = [
  latency('p50 ms', 5, 'p50'),
  latency('p99 ms', 2, 'p99'),
  latency('p99.9', 6, 'p999'),
];
const LIVE_COLUMNS: readonly TableColumn<ServiceFigures>[] = [
  counted('msg/s', 1, ({ deliveriesPerS }) => deliveriesPerS, dimZero),
  ...LATENCIES,
  counted('lag', 3, ({ lag }) => lag, dimZero),
  counted('unacked', 7, ({ ackPending }) => ackPending, dimZero),
  counted('cap', 8, ({ ackPendingMax }) => ackPendingMax),
  counted('lost', 0, ({ lost }) => lost, loud),
];
const END_COLUMNS: readonly TableColumn<ServiceResult>[] = [
  counted('handled', 1, ({ delivered }) => delivered),
  counted('lost', 0, ({ lost }) => lost, loud),
  counted('redeliv', 7, ({ redelivered }) => redelivered, dimZero),
  counted('lag at end', 8, ({ lagAtEnd }) => lagAtEnd, dimZero),
  ...LATENCIES,
];

const seconds = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} s`);
const share = (value: number | null) => (value === null ? '-' : value.toFixed(2));
const duration = (s: number) =>
  `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
