/** The columns of `jetlane top`, and which of them fit. Pure. */
import type { Percentiles } from '@jetlane/core';
import { formatBytes, formatCount, formatMs, formatRate } from '../terminal/figures.ts';
import { oneLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import type { Row, SortKey } from './rows.ts';
import type { Figures } from './standing.ts';

/** A column. */
export interface TopColumn {
  readonly title: string;
  /** Of its cells; the same whatever they hold, so that nothing moves. */
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Lower ones are given up last. */
  readonly rank: number;
  /** The sort that it shows. */
  readonly sort?: SortKey;
  cell(row: Row): string;
  paint?(padded: string, cell: string, style: Style): string;
}

/** Columns that fit, and the width of the name in front of them. */
export interface Fitting {
  readonly nameWidth: number;
  readonly columns: readonly TopColumn[];
}

const GAP = 2;
const NAME_MIN = 14;
const NAME_MAX = 48;

/** Takes columns in the order of their rank for as long as the name keeps what it needs, 14 characters at least. */
export function fitColumns(width: number, longestName: number): Fitting {
  const wanted = Math.min(NAME_MAX, Math.max(NAME_MIN, longestName));
  const ranked = [...COLUMNS].sort((a, b) => a.rank - b.rank);
  let left = width - NAME_MIN;
  const taken = new Set<TopColumn>();
  for (const column of ranked) {
    // What is worth more than a whole name may cost some of it; the rest waits until the name has its place.
    const reserve = column.rank <= ESSENTIAL ? 0 : wanted - NAME_MIN;
    if (left - reserve < column.width + GAP) continue;
    left -= column.width + GAP;
    taken.add(column);
  }
  const columns = COLUMNS.filter((column) => taken.has(column));
  const rest = columns.reduce((sum, { width: one }) => sum + one + GAP, 0);
  return { nameWidth: Math.max(1, Math.min(wanted, width - rest)), columns };
}

/** The name of a row, its place in the tree in front. */
export function nameCell(row: Row): string {
  if (row.kind === 'stream') {
    const sign = row.stream.consumers.length === 0 ? ' ' : row.open ? '▾' : '▸';
    return `${sign} ${oneLine(row.stream.name)}`;
  }
  const { name, partitions } = row.consumer;
  const share = partitions === undefined ? '' : ` (${partitions} partitions)`;
  return `    ${oneLine(name)}${share}`;
}

const ESSENTIAL = 4;

const dimZero = (padded: string, cell: string, style: Style) =>
  /^(0|-|0\/s)$/.test(cell) ? style.dim(padded) : padded;
const alarm = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.dim(padded) : style.red(padded);

const COLUMNS: readonly TopColumn[] = [
  {
    title: 'IN/S',
    width: 5,
    align: 'right',
    rank: 4,
    sort: 'in',
    cell: (row) => (row.kind === 'stream' ? rate(row.stream.storedPerS) : ''),
    paint: dimZero,
  },
  {
    title: 'OUT/S',
    width: 6,
    align: 'right',
    rank: 2,
    sort: 'out',
    cell: (row) => rate(figuresOf(row).deliveredPerS),
    paint: dimZero,
  },
  {
    title: 'DONE/S',
    width: 6,
    align: 'right',
    rank: 6,
    cell: (row) => rate(figuresOf(row).donePerS),
    paint: dimZero,
  },
  {
    title: 'LAG',
    width: 5,
    align: 'right',
    rank: 1,
    sort: 'lag',
    cell: (row) => formatCount(figuresOf(row).lag),
    paint: (padded, cell, style) => (cell === '0' ? style.dim(padded) : style.bold(padded)),
  },
  {
    title: 'PENDING',
    width: 11,
    align: 'right',
    rank: 5,
    sort: 'pending',
    cell: pending,
    paint: (padded, cell, style) => {
      const [now, cap] = cell.split('/');
      if (cap !== undefined && now === cap) return style.yellow(padded);
      return now === '0' || cap === undefined ? style.dim(padded) : padded;
    },
  },
  {
    title: 'REDELIV',
    width: 7,
    align: 'right',
    rank: 8,
    cell: (row) => formatCount(figuresOf(row).redelivered),
    paint: (padded, cell, style) => (cell === '0' ? style.dim(padded) : style.yellow(padded)),
  },
  {
    title: 'OLDEST',
    width: 7,
    align: 'right',
    rank: 3,
    sort: 'oldest',
    cell: (row) => ageCell(figuresOf(row).oldestMs),
    paint: dimZero,
  },
  {
    title: 'P50',
    width: 5,
    align: 'right',
    rank: 5.5,
    sort: 'p50',
    cell: (row) => tookCell(figuresOf(row).latencyMs?.p50),
    paint: dimZero,
  },
  {
    title: 'P99',
    width: 5,
    align: 'right',
    rank: 3.8,
    sort: 'p99',
    cell: (row) => tookCell(figuresOf(row).latencyMs?.p99),
    paint: dimZero,
  },
  {
    title: 'HANDLING',
    width: 11,
    align: 'right',
    rank: 8.5,
    sort: 'handling',
    cell: (row) => bothCell(figuresOf(row).handlingMs),
    paint: dimZero,
  },
  {
    title: 'DEAD',
    width: 5,
    align: 'right',
    rank: 3.5,
    sort: 'dead',
    cell: (row) => formatCount(figuresOf(row).deadLetters),
    paint: alarm,
  },
  {
    title: 'PULLS',
    width: 5,
    align: 'right',
    rank: 10,
    cell: (row) =>
      row.kind === 'stream' || row.consumer.pulls === undefined
        ? ''
        : formatCount(row.consumer.pulls),
    paint: dimZero,
  },
  {
    title: 'STORED',
    width: 6,
    align: 'right',
    rank: 9,
    cell: (row) => (row.kind === 'stream' ? formatCount(row.stream.messages) : ''),
  },
  {
    title: 'SIZE',
    width: 9,
    align: 'right',
    rank: 11,
    cell: (row) => (row.kind === 'stream' ? formatBytes(row.stream.bytes) : ''),
  },
  {
    title: 'NOTE',
    width: 24,
    align: 'left',
    rank: 7,
    cell: note,
    paint: (padded, _cell, style) => style.yellow(padded),
  },
];

function figuresOf(row: Row): Figures {
  return row.kind === 'stream' ? row.stream : row.consumer;
}

function rate(perS: number | undefined): string {
  return perS === undefined ? '-' : formatRate(perS).replace('/s', '');
}

/** No more digits than one can read before they change. */
function ageCell(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  return ms < 60_000 ? `${Math.floor(ms / 1000)}s` : formatMs(ms);
}

/** In five characters, from microseconds to days. */
function tookCell(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 0.95) return `${Math.max(1, Math.round(ms * 1000))}µs`;
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < MINUTE_MS) return ageCell(ms);
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  return ms < 2 * DAY_MS ? `${Math.floor(ms / HOUR_MS)}h` : `${Math.floor(ms / DAY_MS)}d`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function bothCell(took: Percentiles | undefined): string {
  return took === undefined ? '-' : `${tookCell(took.p50)}/${tookCell(took.p99)}`;
}

function pending(row: Row): string {
  if (row.kind === 'consumer' && row.consumer.ackPolicy === 'none') return 'no acks';
  const { ackPending, maxAckPending } = figuresOf(row);
  const cap = maxAckPending === undefined ? '' : `/${formatCount(maxAckPending)}`;
  return `${formatCount(ackPending)}${cap}`;
}

function note(row: Row): string {
  if (row.kind === 'consumer') return row.consumer.note ?? '';
  if (!row.stream.exists) return 'not on the server';
  return '';
}
