/** Figures as text: the live table and the summary at the end. Pure. */

import { makeStyle, type Style, visibleLength } from 'jetlane/terminal';
import type { LatencyMs, ServiceFigures } from '#figures';
import { SERVICES } from '../services/service-name.ts';
import type { Figures, Result, ServiceResult } from './figures.ts';
import type { LoadResult } from './measured.ts';
import type { CoresUsed } from './processor.ts';
import type { View } from './screen.ts';

/** What stands above the table. */
export interface Headline {
  readonly title: string;
  /** Page address, or undefined when headless. */
  readonly url: string | undefined;
  readonly viewers: number;
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
  return fit(
    [
      { lines: head, rank: 1 },
      { lines: rates, rank: 2 },
      { lines: sent, rank: 4 },
      { lines: services, rank: 0 },
      { lines: outcome, rank: 3 },
    ],
    view,
  );
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
export function summary(
  result: Result,
  notes: readonly string[],
  view: View = UNLIMITED,
): string[] {
  const { services, rides, eta } = result;
  const { style } = view;
  const lost = SERVICES.reduce((sum, name) => sum + services[name].lost, 0);
  const verdict = lost === 0 ? style.green('nothing lost') : style.red(`${count(lost)} LOST`);
  const published =
    `${count(result.published)} published, ${count(result.duplicatesDropped)} duplicates dropped, ` +
    verdict;
  return [
    ...flow([published, `(seed ${result.seed}, ${result.server})`], view),
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
    ...notes.flatMap((note) => flow(note.split(/ (?=\S)/), view, ' ')),
  ];
}

/** What was offered and held, who used the processor, and the limit in words. */
function loadLines({ viewers, floor, ...load }: LoadResult, view: View): string[] {
  const { intendedPerS, achievedPerS, cores, limit } = load;
  const offered = `offered ${count(intendedPerS)}/s, confirmed ${count(achievedPerS)}/s`;
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
  return [...lines, ...flow(`limit: ${limit}`.split(' '), view, ' ')];
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

interface TableColumn<T> {
  readonly title: string;
  /** Higher ones are given up first. */
  readonly rank: number;
  cell(one: T): string;
  /** Gets the cell as it is shown, padded. */
  paint?(padded: string, cell: string, style: Style): string;
}

const dimZero = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.dim(padded) : padded;
const loud = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.green(padded) : style.red(padded);

type Latent = { readonly latencyMs: LatencyMs };
const LATENCIES: readonly TableColumn<Latent>[] = [
  { title: 'p50 ms', rank: 5, cell: ({ latencyMs }) => ms(latencyMs.p50) },
  { title: 'p99 ms', rank: 2, cell: ({ latencyMs }) => ms(latencyMs.p99) },
  { title: 'p99.9', rank: 6, cell: ({ latencyMs }) => ms(latencyMs.p999) },
];
const LIVE_COLUMNS: readonly TableColumn<ServiceFigures>[] = [
  { title: 'msg/s', rank: 1, cell: ({ deliveriesPerS }) => count(deliveriesPerS), paint: dimZero },
  ...LATENCIES,
  { title: 'lag', rank: 3, cell: ({ lag }) => count(lag), paint: dimZero },
  { title: 'unacked', rank: 7, cell: ({ ackPending }) => count(ackPending), paint: dimZero },
  { title: 'cap', rank: 8, cell: ({ ackPendingMax }) => count(ackPendingMax) },
  { title: 'lost', rank: 4, cell: ({ lost }) => count(lost), paint: loud },
];
const END_COLUMNS: readonly TableColumn<ServiceResult>[] = [
  { title: 'handled', rank: 1, cell: ({ delivered }) => count(delivered) },
  { title: 'lost', rank: 2, cell: ({ lost }) => count(lost), paint: loud },
  { title: 'redeliv', rank: 7, cell: ({ redelivered }) => count(redelivered), paint: dimZero },
  { title: 'lag', rank: 8, cell: ({ lagAtEnd }) => count(lagAtEnd), paint: dimZero },
  ...LATENCIES,
];

const NAME_WIDTH = 9;
const CELL_WIDTH = 8;

function table<T>(
  columns: readonly TableColumn<T>[],
  rows: readonly (readonly [string, T])[],
  { columns: width = Number.POSITIVE_INFINITY, style }: View,
): string[] {
  const fitting = Math.max(1, Math.floor((width - NAME_WIDTH) / CELL_WIDTH));
  const ranked = [...columns].sort((a, b) => a.rank - b.rank).slice(0, fitting);
  const shown = columns.filter((column) => ranked.includes(column));
  const titles = shown.map(({ title }) => title.padStart(CELL_WIDTH)).join('');
  return [
    style.dim(' '.repeat(NAME_WIDTH) + titles),
    ...rows.map(([name, one]) => {
      const cells = shown.map(({ cell, paint }) => {
        const text = cell(one);
        const padded = text.padStart(CELL_WIDTH);
        return paint?.(padded, text, style) ?? padded;
      });
      return style.bold(name.padEnd(NAME_WIDTH)) + cells.join('');
    }),
  ];
}

/** Parts side by side, on as many lines as they need. */
function flow(parts: readonly string[], { columns }: View, gap = '  '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    const longer = line === undefined ? part : `${line}${gap}${part}`;
    if (line !== undefined && visibleLength(longer) <= (columns ?? Number.POSITIVE_INFINITY))
      lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

interface Section {
  readonly lines: readonly string[];
  /** Higher ones are left out first where there is no room. */
  readonly rank: number;
}

/** All sections, or those that there is room for, in their order. */
function fit(sections: readonly Section[], { rows = Number.POSITIVE_INFINITY }: View): string[] {
  const taken = new Set<Section>();
  let left = rows - 1; // the cursor has a line
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    if (taken.size > 0 && section.lines.length > left) break;
    left -= section.lines.length;
    taken.add(section);
  }
  return sections.filter((section) => taken.has(section)).flatMap(({ lines }) => lines);
}

const UNLIMITED: View = { columns: undefined, rows: undefined, style: makeStyle(false) };
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = (value: number) => whole.format(value);
const ms = (value: number | null) => (value === null ? '-' : value.toFixed(value < 10 ? 2 : 1));
const seconds = (value: number | null) => (value === null ? '-' : `${value.toFixed(1)} s`);
const share = (value: number | null) => (value === null ? '-' : value.toFixed(2));
const duration = (s: number) =>
  `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
