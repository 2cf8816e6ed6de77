import { cutEnd, pad, visibleLength } from './cells.ts';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Default `'left'`; numbers read best on the right. */
  readonly align?: 'left' | 'right';
  /** Cuts cells of this column until the table fits `width`. At most one column should bend. */
  readonly bends?: boolean;
  /** Colours a padded cell; gets its plain text too. Must not change its width. */
  readonly paint?: (padded: string, cell: string) => string;
}

/** How to lay a table out. */
export interface TableOptions {
  /** Characters to a line. Default: no limit. */
  readonly width?: number;
  /** Colours the padded titles. */
  readonly paintTitle?: (padded: string) => string;
}

const GAP = '  ';
const BENT_MIN = 12;

/** Lines of aligned text: a title line, then one a row. Cells must be printable text on one line. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => visibleLength(row[index] ?? ''))),
  );
  bend(columns, widths, options.width);
  const line = (cells: readonly string[], paint: (padded: string, index: number) => string) =>
    columns
      .map((column, index) => {
        const cell = cutEnd(cells[index] ?? '', widths[index] as number);
        const last = index === columns.length - 1;
        return paint(fill(cell, widths[index] as number, column.align ?? 'left', last), index);
      })
      .join(GAP)
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, (padded) => options.paintTitle?.(padded) ?? padded),
    ...rows.map((row) =>
      line(row, (padded, index) => columns[index]?.paint?.(padded, row[index] ?? '') ?? padded),
    ),
  ];
}

function bend(columns: readonly Column[], widths: number[], width: number | undefined): void {
  if (width === undefined) return;
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  const index = columns.findIndex(({ bends }) => bends);
  if (index < 0 || total <= width) return;
  const least = Math.max(BENT_MIN, columns[index]?.title.length ?? 0);
  widths[index] = Math.max(least, (widths[index] as number) - (total - width));
}

function fill(cell: string, width: number, align: 'left' | 'right', last: boolean): string {
  return last && align === 'left' ? cell : pad(cell, width, align);
}
