/** The columns of `jetlane top`. Pure. */
import type { Percentiles } from '@jetlane/core';
import { formatBytes, formatCap, formatCount, formatMs } from '../terminal/figures.ts';
import type { Style } from '../terminal/style.ts';
import type { Row, SortKey } from './rows.ts';
import type { Figures } from './standing.ts';

/** A column. */
export interface TopColumn {
  readonly title: string;
  /** In cells of the terminal; the same whatever they hold, so that nothing moves. */
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Lower ones are given up last. */
  readonly rank: number;
  /** The sort that it shows. */
  readonly sort?: SortKey;
  /** What it is, for who asks. */
  readonly help: string;
  cell(row: Row): string;
  paint?(padded: string, cell: string, style: Style, row: Row): string;
}

const dimZero = (padded: string, cell: string, style: Style) =>
  /^(0|-|0\/s)$/.test(cell) ? style.dim(padded) : padded;
const alarm = (padded: string, cell: string, style: Style) =>
  cell === '0' ? style.dim(padded) : style.red(padded);

/** All of them, from left to right. */
export const COLUMNS: readonly TopColumn[] = [
  {
    title: 'IN/S',
    width: 5,
    align: 'right',
    rank: 4,
    sort: 'in',
    help: 'messages stored a second',
    cell: (row) => (row.kind === 'stream' ? rate(row.stream.storedPerS) : ''),
    paint: dimZero,
  },
  {
    title: 'OUT/S',
    width: 6,
    align: 'right',
    rank: 2,
    sort: 'out',
    help: 'deliveries a second, redeliveries too',
    cell: (row) => rate(figuresOf(row).deliveredPerS),
    paint: dimZero,
  },
  {
    title: 'DONE/S',
    width: 6,
    align: 'right',
    rank: 6,
    help: 'deliveries that ended: acknowledged, or delivered again',
    cell: (row) => rate(figuresOf(row).donePerS),
    paint: dimZero,
  },
  {
    title: 'LAG',
    width: 5,
    align: 'right',
    rank: 1,
    sort: 'lag',
    help: 'messages stored and not delivered yet',
    cell: (row) => formatCount(figuresOf(row).lag),
    paint: (padded, cell, style) => (cell === '0' ? style.dim(padded) : style.bold(padded)),
  },
  {
    title: 'PENDING',
    width: 11,
    align: 'right',
    rank: 5,
    sort: 'pending',
    help: 'delivered and not acknowledged / the most that may be',
    cell: pending,
    paint: (padded, _cell, style, row) => {
      const { ackPending, maxAckPending } = figuresOf(row);
      if (maxAckPending !== undefined && ackPending >= maxAckPending) return style.yellow(padded);
      return ackPending === 0 || maxAckPending === undefined ? style.dim(padded) : padded;
    },
  },
  {
    title: 'REDELIV',
    width: 7,
    align: 'right',
    rank: 8,
    help: 'of those pending, delivered more than once',
    cell: (row) => formatCount(figuresOf(row).redelivered),
    paint: (padded, cell, style) => (cell === '0' ? style.dim(padded) : style.yellow(padded)),
  },
  {
    title: 'OLDEST',
    width: 7,
    align: 'right',
    rank: 3,
    sort: 'oldest',
    help: 'how long the oldest unsettled message has been stored',
    cell: (row) => ageCell(figuresOf(row).oldestMs),
    paint: dimZero,
  },
  {
    title: 'P50',
    width: 5,
    align: 'right',
    rank: 5.5,
    sort: 'p50',
    help: 'from stored to acknowledged: half of what was, since the last look, took no longer',
    cell: (row) => tookCell(figuresOf(row).latencyMs?.p50),
    paint: dimZero,
  },
  {
    title: 'P99',
    width: 5,
    align: 'right',
    rank: 3.8,
    sort: 'p99',
    help: 'the same: all but 1 in 100 took no longer',
    cell: (row) => tookCell(figuresOf(row).latencyMs?.p99),
    paint: dimZero,
  },
  {
    title: 'HANDLING',
    width: 11,
    align: 'right',
    rank: 8.5,
    sort: 'handling',
    help: 'from delivered to acknowledged: half / all but 1 in 100',
    cell: (row) => bothCell(figuresOf(row).handlingMs),
    paint: dimZero,
  },
  {
    title: 'DEAD',
    width: 5,
    align: 'right',
    rank: 3.5,
    sort: 'dead',
    help: 'dead letters that wait: jetlane dlq ls',
    cell: (row) => formatCount(figuresOf(row).deadLetters),
    paint: alarm,
  },
  {
    title: 'PULLS',
    width: 5,
    align: 'right',
    rank: 10,
    help: 'requests for messages that wait: none and a lag, nobody works',
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
    help: 'messages that the stream holds',
    cell: (row) => (row.kind === 'stream' ? formatCount(row.stream.messages) : ''),
  },
  {
    title: 'SIZE',
    width: 9,
    align: 'right',
    rank: 11,
    help: 'bytes that it takes',
    cell: (row) => (row.kind === 'stream' ? formatBytes(row.stream.bytes) : ''),
  },
  {
    title: 'NOTE',
    width: 24,
    align: 'left',
    rank: 7,
    help: 'what asks for attention: paused, at its cap (no more pending is allowed), nobody pulls (something waits, and nobody asks for it), not on the server',
    cell: note,
    paint: (padded, _cell, style) => style.yellow(padded),
  },
];

function figuresOf(row: Row): Figures {
  return row.kind === 'stream' ? row.stream : row.consumer;
}

/** Without decimals, so that a column reads as one; something is never nothing. */
function rate(perS: number | undefined): string {
  if (perS === undefined) return '-';
  return perS > 0 && perS < 1 ? '<1' : formatCount(perS);
}

/** No more digits than one can read before they change. */
function ageCell(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 1) return '<1ms';
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
  const cap = maxAckPending === undefined ? '' : `/${formatCap(maxAckPending)}`;
  return `${formatCount(ackPending)}${cap}`;
}

function note(row: Row): string {
  if (row.kind === 'consumer') return row.consumer.note ?? '';
  if (!row.stream.exists) return 'not on the server';
  return '';
}
