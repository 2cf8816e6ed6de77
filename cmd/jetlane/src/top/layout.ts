/** The screen of `jetlane top`, as lines. Pure. */
import { clip, cutEnd, pad, visibleLength } from '../terminal/cells.ts';
import { formatCount, formatMs, formatRate } from '../terminal/figures.ts';
import type { TerminalSize } from '../terminal/live-block.ts';
import { oneLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import { type Fitting, fitColumns, nameCell } from './columns.ts';
import { helpLines } from './help.ts';
import { type Row, rowsOf, SORTS } from './rows.ts';
import type { Standing } from './standing.ts';
import type { TopState } from './top-state.ts';

/** What there is to show. */
export interface TopView {
  readonly state: TopState;
  /** Undefined until the first reading is there. */
  readonly standing: Standing | undefined;
  /** Address and version, as words. */
  readonly server: string;
  readonly everyMs: number;
  /** Why figures do not come at the moment, and for how long; undefined: they come. */
  readonly trouble: { readonly words: string; readonly forMs: number } | undefined;
}

/** Lines, and what keys refer to. */
export interface Laid {
  readonly lines: readonly string[];
  readonly rows: readonly Row[];
  readonly page: number;
}

const GAP = '  ';
/** Lines that are no rows: two of words, the titles, the keys. */
const FRAME_LINES = 4;

/** Lays everything out for a terminal of this size. */
export function layout(view: TopView, size: TerminalSize, style: Style): Laid {
  const { state, standing } = view;
  const rows = standing === undefined ? [] : rowsOf(standing, state);
  const page = Math.max(1, size.rows - FRAME_LINES);
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === state.cursor),
  );
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), rows.length - page));
  const shown = rows.slice(from, from + page);
  const head = [
    between(headline(view, style), status(view, style), size.columns),
    totals(view, rows, style),
  ];
  const body = state.help
    ? helpLines(style)
    : [...table(shown, at - from, state, size.columns, style), ...empty(view, rows)];
  const space = Math.max(0, size.rows - head.length - 1);
  const filled = Array.from({ length: space }, (_, index) => body[index] ?? '');
  const keys = between(keyWords(view, style), place(rows, from, page), size.columns);
  return {
    lines: [...head, ...filled, keys].slice(0, size.rows).map((line) => clip(line, size.columns)),
    rows,
    page,
  };
}

/** The table alone, for output that is no terminal, or that is printed once. */
export function onceLines(
  view: TopView,
  columns: number | undefined,
  style: Style,
): readonly string[] {
  const { standing, state } = view;
  const rows = standing === undefined ? [] : rowsOf(standing, state);
  return [
    headline(view, style),
    totals(view, rows, style),
    ...table(rows, undefined, state, columns ?? ONCE_COLUMNS, style),
    ...empty(view, rows),
  ].map((line) => line.trimEnd());
}

const ONCE_COLUMNS = 160;

function headline({ server }: TopView, style: Style): string {
  return `${style.bold('jetlane top')}${style.dim(' · ')}${oneLine(server)}`;
}

function status({ state, trouble, everyMs, standing }: TopView, style: Style): string {
  if (state.paused) return style.yellow('PAUSED');
  if (trouble !== undefined)
    return style.red(`${oneLine(trouble.words)} for ${wholeSeconds(trouble.forMs)}`);
  if (standing === undefined) return style.dim('reading');
  const time = new Date(standing.atMs).toTimeString().slice(0, 8);
  return style.dim(`${time}, every ${everyMs < 1000 ? `${everyMs} ms` : `${everyMs / 1000} s`}`);
}

function totals({ standing, state }: TopView, rows: readonly Row[], style: Style): string {
  if (standing === undefined) return '';
  const { streams, deadLetters } = standing;
  const consumers = streams.flatMap((stream) => stream.consumers);
  const sum = (all: readonly (number | undefined)[]) =>
    all.every((one) => one !== undefined)
      ? all.reduce<number>((total, one) => total + (one ?? 0), 0)
      : undefined;
  const perS = (words: string, all: readonly (number | undefined)[]) => {
    const value = sum(all);
    return value === undefined ? [] : [`${words} ${formatRate(value)}`];
  };
  const lag = consumers.reduce((total, one) => total + one.lag, 0);
  const found = rows.filter(({ kind }) => kind === 'consumer').length;
  const words = [
    ...(state.filter === '' ? [] : [style.cyan(`"${oneLine(state.filter)}" ${found} found`)]),
    `${plural(streams.length, 'stream')}, ${plural(consumers.length, 'consumer')}`,
    ...perS(
      'in',
      streams.filter(({ exists }) => exists).map(({ storedPerS }) => storedPerS),
    ),
    ...perS(
      'out',
      consumers.map(({ deliveredPerS }) => deliveredPerS),
    ),
    `lag ${formatCount(lag)}`,
    deadLetters === 0
      ? style.dim('no dead letters')
      : style.red(plural(deadLetters, 'dead letter')),
  ];
  return words.join(style.dim(' · '));
}

function table(
  rows: readonly Row[],
  cursor: number | undefined,
  state: TopState,
  columns: number,
  style: Style,
): string[] {
  const longest = Math.max(0, ...rows.map((row) => visibleLength(nameCell(row))));
  const fitting = fitColumns(columns, longest);
  return [
    titles(fitting, state, style),
    ...rows.map((row, index) => rowLine(row, fitting, index === cursor, style)),
  ];
}

function titles({ nameWidth, columns }: Fitting, state: TopState, style: Style): string {
  const sign = state.reversed ? '▴' : '▾';
  const cells = columns.map(({ title, width, align, sort }) => {
    const chosen = sort === state.sort;
    const padded = pad(chosen ? `${sign}${title}` : title, width, align);
    return chosen ? style.cyan(padded) : style.dim(padded);
  });
  const name = pad(state.sort === 'name' ? `${sign}STREAM` : '  STREAM', nameWidth, 'left');
  return [state.sort === 'name' ? style.cyan(name) : style.dim(name), ...cells].join(GAP);
}

function rowLine(row: Row, { nameWidth, columns }: Fitting, here: boolean, style: Style): string {
  const name = pad(cutEnd(nameCell(row), nameWidth), nameWidth);
  const painted = row.kind === 'stream' ? style.bold(name) : name;
  const cells = columns.map((column) => {
    const cell = cutEnd(column.cell(row), column.width);
    const padded = pad(cell, column.width, column.align);
    return column.paint?.(padded, cell, style) ?? padded;
  });
  // Without colours a sign in front marks the row under the cursor.
  const front = here ? (style.enabled ? style.cyan(name) : `>${name.slice(1)}`) : painted;
  return [front, ...cells].join(GAP);
}

function empty({ standing, state }: TopView, rows: readonly Row[]): string[] {
  if (standing === undefined || rows.length > 0) return [];
  if (state.filter !== '') return [`Nothing has "${oneLine(state.filter)}" in its name.`];
  return ['The server has no streams.'];
}

function keyWords({ state }: TopView, style: Style): string {
  if (state.typing !== undefined)
    return `filter: ${oneLine(state.filter)}${style.dim('_  Enter keeps it, Esc takes it back')}`;
  if (state.help) return style.dim('any key goes back');
  const sort = SORTS.find(({ key }) => key === state.sort)?.words ?? '';
  const words = [
    ['q', 'quit'],
    ['s', `sort: ${sort}`],
    ['/', 'filter'],
    ['p', state.paused ? 'go on' : 'pause'],
    ['⏎', 'fold'],
    ['?', 'help'],
  ];
  return words.map(([key, does]) => `${style.bold(key ?? '')} ${style.dim(does ?? '')}`).join(GAP);
}

function place(rows: readonly Row[], from: number, page: number): string {
  if (rows.length <= page) return '';
  return `${from + 1}-${Math.min(rows.length, from + page)} of ${rows.length}`;
}

/** One text on the left, one on the right; the left one alone where both do not fit. */
function between(left: string, right: string, columns: number): string {
  const space = columns - visibleLength(left) - visibleLength(right);
  if (space >= 2) return `${left}${' '.repeat(space)}${right}`;
  // What is wrong is worth more than where.
  const room = columns - visibleLength(right) - 2;
  return room >= 12 ? `${clip(left, room)}${GAP}${right}` : left;
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatMs(ms);
}
