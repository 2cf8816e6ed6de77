/** Which columns of `jetlane top` fit. Pure. */
import { COLUMNS, type TopColumn } from './columns.ts';
import { SORTS, type SortKey } from './rows.ts';

/** Columns that fit, and the width of the name in front of them. */
export interface Fitting {
  readonly nameWidth: number;
  readonly columns: readonly TopColumn[];
}

const GAP = 2;
const NAME_MIN = 14;
const NAME_MAX = 48;
/** Columns up to this rank are worth more than a whole name. */
const ESSENTIAL = 4;
/** The column of the sort is worth even most of the name. */
const NAME_LEAST = 6;

/** Takes columns in the order of their rank for as long as the name keeps what it needs, 14 cells at least; that of the sort first. */
export function fitColumns(width: number, longestName: number, sort: SortKey): Fitting {
  const wanted = Math.min(NAME_MAX, Math.max(NAME_MIN, longestName));
  const ranked = [...COLUMNS].sort((a, b) => a.rank - b.rank);
  const taken = new Set<TopColumn>();
  let left = width;
  const take = (column: TopColumn, reserve: number) => {
    if (taken.has(column) || left - reserve < column.width + GAP) return;
    left -= column.width + GAP;
    taken.add(column);
  };
  for (const column of ranked) if (column.sort === sort) take(column, NAME_LEAST);
  for (const column of ranked) take(column, column.rank <= ESSENTIAL ? NAME_MIN : wanted);
  return {
    nameWidth: Math.max(1, Math.min(wanted, left)),
    columns: COLUMNS.filter((column) => taken.has(column)),
  };
}

/** What can be sorted by so that it is seen: by these columns, and by name. */
export function sortsOf({ columns }: Fitting): SortKey[] {
  const shown = new Set(columns.map(({ sort }) => sort));
  return SORTS.map(({ key }) => key).filter((key) => key === 'name' || shown.has(key));
}
