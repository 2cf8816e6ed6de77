/** A comparison as rows of a table, and as the section of a page. Pure. */
import type { Cell, Column, Row } from '../frame/output.ts';
import { markdownTable } from '../scale/markdown-table.ts';
import type { LatencyStanding, Measured, Spread, Standing } from './comparison.ts';

/** A rival that took part, or that could not. */
export interface Entry {
  readonly id: string;
  readonly title: string;
  /** Of its client, and of its broker. */
  readonly version: string;
  readonly durability: string;
  readonly how: string;
  /** Undefined where it was not run. */
  readonly standing: Standing | undefined;
  /** Why it was not run, or why a figure is missing. */
  readonly note: string | null;
}

/** A row for each rival: medians, ranges and ratios; null where nothing was measured. */
export function toRows(entries: readonly Entry[], rates: readonly number[]): Row[] {
  return entries.map(({ id, title, version, durability, how, standing, note }) => ({
    id,
    rival: title,
    version,
    rounds: standing?.rounds ?? 0,
    ...throughput('publish', standing?.publish),
    ...throughput('work', standing?.work),
    ...Object.assign(
      {},
      ...rates.map((rate) =>
        latency(
          standing?.latency.find(({ perSecond }) => perSecond === rate),
          rate,
        ),
      ),
    ),
    durability,
    how,
    note: noteOf(note, standing),
  }));
}

/** The columns of the terminal. */
export function columnsFor(rates: readonly number[]): Column[] {
  const us = (value: number) => (value < 10 ? value.toFixed(1) : Math.round(value).toString());
  const times = (value: number) => value.toFixed(2);
  const ms = (value: number) => (value / 1_000).toFixed(value < 10_000 ? 2 : 0);
  const side = (key: string, title: string): Column[] => [
    { key: `${key}PerSecond`, title: `${title}/s`, format: rounded },
    { key: `${key}Range`, title: 'range' },
    { key: `${key}Ratio`, title: 'ours ×', format: times },
    { key: `${key}CpuUs`, title: 'CPU µs', format: us },
    { key: `${key}ServerCpuUs`, title: 'server µs', format: us },
  ];
  return [
    { key: 'rival', title: 'rival' },
    ...side('publish', 'publish'),
    ...side('work', 'work'),
    ...rates.flatMap((rate) => [
      { key: `p50UsAt${rate}`, title: `${short(rate)}/s p50 ms`, format: ms },
      { key: `p99UsAt${rate}`, title: 'p99 ms', format: ms },
    ]),
  ];
}

/** Sentences under the table: how to read it, each rival's durability, who did not run. */
export function notesFor(rows: readonly Row[]): string[] {
  const ran = rows.filter(({ rounds }) => Number(rounds) > 0);
  return [
    'publish: confirmed messages a second of one process; work: handled and acknowledged, one process; medians of the rounds',
    '“ours ×”: Jetlane’s rate ÷ the rival’s, median of the ratios of single rounds; CPU µs: of the client, a message; server µs: of its server',
    'latency: open loop, from when a message was due to when the handler in another process had it; empty where the rate was not held',
    '',
    ...ran.map(
      ({ rival, version, durability, how }) => `${rival} (${version}): ${how}. ${durability}`,
    ),
    ...rows.filter(({ note }) => note !== null).map(({ rival, note }) => `${rival}: ${note}`),
  ];
}

/** What was compared, as it is kept for a page. */
export interface Comparison {
  readonly rounds: number;
  readonly durationMs: number;
  readonly rates: readonly number[];
  readonly size: number;
  readonly rows: readonly Row[];
}

/** The section “Compared” of a page of Markdown, line by line; its heading is of level two. */
export function comparedSection({ rounds, durationMs, rates, size, rows }: Comparison): string[] {
  const ran = rows.filter(({ rounds }) => Number(rounds) > 0);
  return [
    '## Compared',
    '',
    `One process publishes, another works, ${size} bytes of JSON or what holds the same; ${rounds} rounds of ${durationMs / 1_000} s a measurement, rivals in turn, medians with [least–most]. “×” is Jetlane’s rate ÷ the rival’s in the same round: below 1 the rival is faster.`,
    '',
    ...table(
      [
        '',
        'publish, confirmed/s',
        '×',
        'CPU µs',
        'server µs',
        'work + ack/s',
        '×',
        'CPU µs',
        'server µs',
      ],
      ran.map((row) => [
        String(row.rival),
        ...sideCells(row, 'publish'),
        ...sideCells(row, 'work'),
      ]),
    ),
    '',
    'CPU: of the client and of its server, a message. Below, from when a message was due to when a handler in another process had it, open loop, p50 / p99 in ms; “–”: the rate was not held, or not measured.',
    '',
    ...table(
      ['', ...rates.map((rate) => `${rate.toLocaleString('en-US')}/s`)],
      ran.map((row) => [String(row.rival), ...rates.map((rate) => latencyCell(row, rate))]),
    ),
    '',
    'What “confirmed” means for each, and how it is written:',
    '',
    ...ran.map(
      ({ rival, version, durability, how }) =>
        `- **${rival}** (${version}): ${how}. ${durability}.`,
    ),
    ...rows.filter(({ note }) => note !== null).map(({ rival, note }) => `- ${rival}: ${note}.`),
  ];
}

function sideCells(row: Row, side: 'publish' | 'work'): string[] {
  const rate = row[`${side}PerSecond`];
  return [
    typeof rate === 'number' ? `${rounded(rate)} [${row[`${side}Range`]}]` : '–',
    shown(row[`${side}Ratio`], 2),
    shown(row[`${side}CpuUs`], 1),
    shown(row[`${side}ServerCpuUs`], 1),
  ];
}

function latencyCell(row: Row, rate: number): string {
  const ms = (value: Cell | undefined) =>
    shown(typeof value === 'number' ? value / 1_000 : value, 2);
  const [p50, p99] = [ms(row[`p50UsAt${rate}`]), ms(row[`p99UsAt${rate}`])];
  return p50 === '–' ? p50 : `${p50} / ${p99}`;
}

function shown(value: Cell | undefined, digits: number): string {
  return typeof value === 'number' ? value.toFixed(digits) : '–';
}

function throughput(side: 'publish' | 'work', measured: Measured | null | undefined): Row {
  return {
    [`${side}PerSecond`]: whole(measured?.perSecond),
    [`${side}Range`]: measured
      ? `${short(measured.perSecond.min)}–${short(measured.perSecond.max)}`
      : null,
    [`${side}Ratio`]: measured?.ratio?.median ?? null,
    [`${side}CpuUs`]: measured?.cpuUs?.median ?? null,
    [`${side}ServerCpuUs`]: measured?.serverCpuUs?.median ?? null,
  };
}

function latency(standing: LatencyStanding | undefined, rate: number): Row {
  return {
    [`p50UsAt${rate}`]: whole(standing?.p50Us),
    [`p50RangeAt${rate}`]: range(standing?.p50Us),
    [`p99UsAt${rate}`]: whole(standing?.p99Us),
    [`p99RangeAt${rate}`]: range(standing?.p99Us),
    [`latencyRatioAt${rate}`]: standing?.ratio?.median ?? null,
    [`arrivedAt${rate}`]: standing?.arrived ?? null,
  };
}

function noteOf(note: string | null, standing: Standing | undefined): string | null {
  const unheld = (standing?.latency ?? [])
    .filter(({ held, arrived }) => !held && Number.isFinite(arrived))
    .map(
      ({ perSecond, arrived }) =>
        `${perSecond.toLocaleString('en-US')}/s was not held: ${Math.floor(arrived * 100)} % arrived in time`,
    );
  const parts = [...(note === null ? [] : [note]), ...unheld, ...(standing?.failures ?? [])];
  return parts.length === 0 ? null : parts.join('; ');
}

/** The first column is text, the others are figures. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const escaped = (cells: readonly string[]) => cells.map((cell) => cell.replaceAll('|', '\\|'));
  return markdownTable(escaped(head), rows.map(escaped));
}

function whole(spread: Spread | null | undefined): number | null {
  return spread ? Math.round(spread.median) : null;
}

function range(spread: Spread | null | undefined): string | null {
  return spread ? `${Math.round(spread.min)}–${Math.round(spread.max)}` : null;
}

function rounded(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function short(value: number): string {
  return value < 1_000 ? String(Math.round(value)) : `${Number((value / 1_000).toPrecision(3))}k`;
}
