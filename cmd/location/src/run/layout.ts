/** How figures are laid out in a window: columns, lines, and what is given up where there is no room. Pure. */
import { makeStyle, type Style, visibleLength } from 'jetlane/terminal';
import type { View } from './screen.ts';

/** A column of a table. */
export interface TableColumn<T> {
  readonly title: string;
  /** Higher ones are given up first. */
  readonly rank: number;
  /** The cells of all rows, so that they agree in their decimals. */
  cells(all: readonly T[]): readonly string[];
  /** Gets the cell as it is shown, padded. */
  paint?(padded: string, cell: string, style: Style): string;
}

/** Lines that are shown together or not at all. */
export interface Section {
  readonly lines: readonly string[];
  /** Higher ones are left out first where there is no room. */
  readonly rank: number;
}

/** No window: everything is shown, without colours. */
export const UNLIMITED: View = { columns: undefined, rows: undefined, style: makeStyle(false) };

const NAME_WIDTH = 9;
const CELL_WIDTH = 8;

/** Rows below their titles, with as many columns as there is room for. */
export function table<T>(
  columns: readonly TableColumn<T>[],
  rows: readonly (readonly [string, T])[],
  { columns: width = Number.POSITIVE_INFINITY, style }: View,
): string[] {
  const all = columns.map((column) => {
    const cells = column.cells(rows.map(([, one]) => one));
    const { length } = column.title;
    const longest = Math.max(...cells.map((cell) => cell.length));
    const titled = length < CELL_WIDTH ? CELL_WIDTH : length + 2; // titles have blanks in them
    return { column, cells, width: Math.max(titled, longest + 1) };
  });
  const chosen = new Set<(typeof all)[number]>();
  let left = width - NAME_WIDTH;
  for (const one of [...all].sort((a, b) => a.column.rank - b.column.rank)) {
    left -= one.width;
    if (left < 0 && chosen.size > 0) break;
    chosen.add(one);
  }
  const shown = all.filter((one) => chosen.has(one));
  const titles = shown.map((one) => one.column.title.padStart(one.width)).join('');
  return [
    style.dim(' '.repeat(NAME_WIDTH) + titles),
    ...rows.map(([name], row) => {
      const cells = shown.map((one) => {
        const text = one.cells[row] ?? '';
        const padded = text.padStart(one.width);
        return one.column.paint?.(padded, text, style) ?? padded;
      });
      return style.bold(name.padEnd(NAME_WIDTH)) + cells.join('');
    }),
  ];
}

/** Parts side by side, on as many lines as they need. */
export function flow(
  parts: readonly string[],
  { columns }: Pick<View, 'columns'>,
  gap = '  ',
): string[] {
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

/** A sentence, on as many lines as it needs. */
export function words(sentence: string, view: Pick<View, 'columns'>): string[] {
  return flow(sentence.split(/ (?=\S)/), view, ' ');
}

/** All sections, or those that there is room for, in their order. */
export function fit(
  sections: readonly Section[],
  { rows = Number.POSITIVE_INFINITY }: View,
): string[] {
  const taken = new Set<Section>();
  let left = rows - 1; // the cursor has a line
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    if (taken.size > 0 && section.lines.length > left) break;
    left -= section.lines.length;
    taken.add(section);
  }
  return sections.filter((section) => taken.has(section)).flatMap(({ lines }) => lines);
}

/** Milliseconds that stand below each other: as many decimals as say something of the largest. */
export function msColumn(values: readonly (number | null)[]): string[] {
  const largest = Math.max(...values.map((value) => value ?? 0));
  const places = largest < 10 ? 2 : 1;
  const format = new Intl.NumberFormat('en', {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
  return values.map((value) => (value === null ? '-' : format.format(value)));
}

/** One time in milliseconds. */
export const ms = (value: number | null) => msColumn([value])[0] as string;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
/** `1,234` */
export const count = (value: number) => whole.format(value);
