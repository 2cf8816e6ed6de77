/** The screen of `jetlane top`, as lines. Pure. */
import { clip, cutEnd, pad, visibleLength } from '../terminal/cells.ts';
import type { TerminalSize } from '../terminal/live-block.ts';
import { oneLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { type Fitting, fitColumns, sortsOf } from './fit.ts';
import { headLine, keysLine, titleLine, totalsLine } from './frame.ts';
import { helpLines } from './help.ts';
import { nameCell, wholeName } from './name.ts';
import type { Order } from './order.ts';
import { type Row, rowsOf } from './rows.ts';
import type { Standing } from './standing.ts';
import type { Shown, TopState } from './top-state.ts';

/** What there is to show. */
export interface TopView {
  readonly state: TopState;
  /** Undefined until the first reading is there. */
  readonly standing: Standing | undefined;
  /** Undefined: the rows stand as this reading has them. */
  readonly order?: Order | undefined;
  /** Address, and what else is known of the server, as words. */
  readonly server: readonly string[];
  readonly everyMs: number;
  /** Why figures do not come at the moment, and for how long; undefined: they come. */
  readonly trouble: { readonly words: string; readonly forMs: number } | undefined;
}

/** Lines, and what keys refer to. */
export interface Laid extends Shown {
  readonly lines: readonly string[];
}

const GAP = '  ';
/** Lines that are no rows: two of words, the titles, the keys. */
const FRAME_LINES = 4;

/** Lays everything out for a terminal of this size. */
export function layout(view: TopView, size: TerminalSize, style: Style): Laid {
  const { state } = view;
  const rows = rowsFor(view);
  const page = Math.max(1, size.rows - FRAME_LINES);
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === state.cursor),
  );
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  // Without colours a sign in front marks the row under the cursor.
  const gutter = style.enabled ? 0 : 1;
  const fitting = fitFor(rows, size.columns - gutter, state);
  const space = Math.max(0, size.rows - (FRAME_LINES - 1));
  const help = state.help ? helpLines(size.columns, style) : [];
  const helpEnd = Math.max(0, help.length - space);
  const helpFrom = Math.min(helpEnd, state.helpFrom);
  const marked = { cursor: at - from, gutter };
  const body = state.help
    ? help.slice(helpFrom)
    : [
        ...table(rows.slice(from, from + page), marked, fitting, state, style),
        ...empty(view, rows),
      ];
  const place = state.help
    ? placeOf(helpFrom, space, help.length)
    : placeOf(from, page, rows.length);
  const whole = wholeName(rows[at], fitting.nameWidth);
  const lines = [
    headLine(view, size.columns, style),
    totalsLine(view, rows, size.columns, style),
    ...Array.from({ length: space }, (_, index) => body[index] ?? ''),
    keysLine(view, { place, whole, scrolls: helpEnd > 0 }, size.columns, style),
  ];
  return {
    lines: lines.slice(0, size.rows).map((line) => clip(line, size.columns)),
    rows,
    page,
    sorts: sortsOf(fitting),
    helpEnd,
  };
}

/** The table alone, for output that is no terminal, or that is printed once. */
export function onceLines(
  view: TopView,
  columns: number | undefined,
  style: Style,
): readonly string[] {
  const { state } = view;
  const rows = rowsFor(view);
  const fitting = fitFor(rows, columns ?? ONCE_COLUMNS, state);
  return [
    titleLine(view, style),
    totalsLine(view, rows, Number.POSITIVE_INFINITY, style),
    ...table(rows, undefined, fitting, state, style),
    ...empty(view, rows),
  ].map((line) => line.trimEnd());
}

const ONCE_COLUMNS = 160;

interface Marked {
  readonly cursor: number;
  readonly gutter: number;
}

function rowsFor({ standing, state, order }: TopView): Row[] {
  return standing === undefined ? [] : rowsOf(standing, state, order?.places);
}

/** By all names, so that columns stay when other rows come into sight. */
function fitFor(rows: readonly Row[], columns: number, { sort }: TopState): Fitting {
  const longest = rows.reduce((most, row) => Math.max(most, visibleLength(nameCell(row))), 0);
  return fitColumns(columns, longest, sort);
}

function table(
  rows: readonly Row[],
  marked: Marked | undefined,
  fitting: Fitting,
  state: TopState,
  style: Style,
): string[] {
  const front = (index: number | undefined) =>
    (index !== undefined && index === marked?.cursor ? '>' : ' ').repeat(marked?.gutter ?? 0);
  return [
    front(undefined) + titles(fitting, state, style),
    ...rows.map(
      (row, index) => front(index) + rowLine(row, fitting, index === marked?.cursor, style),
    ),
  ];
}

function titles({ nameWidth, columns }: Fitting, state: TopState, style: Style): string {
  const sign = state.reversed ? '▴' : '▾';
  const cells = columns.map(({ title, width, align, sort }) => {
    const chosen = sort === state.sort;
    const padded = pad(chosen ? `${sign}${title}` : title, width, align);
    return chosen ? style.cyan(padded) : style.dim(padded);
  });
  // Where the column of the sort has no room there is none at all, and only the name is left to carry the sign.
  const here = !columns.some(({ sort }) => sort === state.sort);
  const name = pad(cutEnd(here ? `${sign} STREAM` : '  STREAM', nameWidth), nameWidth);
  return [here ? style.cyan(name) : style.dim(name), ...cells].join(GAP);
}

function rowLine(row: Row, { nameWidth, columns }: Fitting, here: boolean, style: Style): string {
  const name = pad(nameCell(row, nameWidth), nameWidth);
  const painted = row.kind === 'stream' ? style.bold(name) : name;
  const cells = columns.map((column) => {
    const cell = cutEnd(column.cell(row), column.width);
    const padded = pad(cell, column.width, column.align);
    return column.paint?.(padded, cell, style, row) ?? padded;
  });
  return [here ? style.cyan(name) : painted, ...cells].join(GAP);
}

function empty({ standing, state }: TopView, rows: readonly Row[]): string[] {
  if (standing === undefined || rows.length > 0) return [];
  if (state.filter !== '') return [`Nothing has "${oneLine(state.filter)}" in its name.`];
  return ['The server has no streams.'];
}

function placeOf(from: number, page: number, all: number): string {
  return all <= page ? '' : `${from + 1}-${Math.min(all, from + page)} of ${all}`;
}
