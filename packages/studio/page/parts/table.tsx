/** A table of any length: sorted by its headings, a page at a time, and a list of cards where the screen is narrow. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Pager } from './pager.tsx';

/** A column: what stands in it, and what it is sorted by. */
export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Makes its heading a button. Null sorts last. */
  readonly sortBy?: (row: Row) => string | number | null;
  readonly number?: boolean;
  /** Names the row. One column should. */
  readonly heading?: boolean;
}

/** How a table is sorted. */
export interface Sorting {
  readonly id: string;
  readonly descending: boolean;
}

const rowsMax = 50;

/** Shows `rows`; sorts them when `sorted` or the user says by what. */
export function Table<Row>(props: {
  caption: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  sorted?: Sorting;
  /** Shown below a row; null for none. */
  below?: (row: Row) => ComponentChildren | null;
}) {
  const { caption, rows, columns, keyOf, sorted, below } = props;
  const [sorting, sortAs] = useState<Sorting | undefined>(sorted);
  const [offset, moveTo] = useState(0);
  const all = sorting ? sortedRows(rows, columns, sorting) : rows;
  const first = Math.min(offset, Math.max(0, Math.floor((all.length - 1) / rowsMax) * rowsMax));
  const shown = all.slice(first, first + rowsMax);
  return (
    <div class="table-place">
      <table class="table cards">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.id} column={column} sorting={sorting} sortAs={sortAs} />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Line key={keyOf(row)} row={row} columns={columns} below={below?.(row) ?? null} />
          ))}
        </tbody>
      </table>
      <Pager offset={first} limit={rowsMax} total={all.length} moveTo={moveTo} />
    </div>
  );
}

function Heading<Row>(props: {
  column: Column<Row>;
  sorting: Sorting | undefined;
  sortAs: (sorting: Sorting) => void;
}) {
  const { column, sorting, sortAs } = props;
  const { id, label, sortBy, number } = column;
  const mine = sorting?.id === id ? sorting : undefined;
  const order = mine ? (mine.descending ? 'descending' : 'ascending') : 'none';
  const arrow = mine ? (mine.descending ? '↓' : '↑') : '';
  return (
    <th scope="col" class={number ? 'number' : ''} aria-sort={sortBy ? order : undefined}>
      {sortBy ? (
        <button
          type="button"
          class="sort"
          onClick={() => sortAs({ id, descending: mine ? !mine.descending : number === true })}
        >
          {label}
          {arrow && <span aria-hidden="true"> {arrow}</span>}
        </button>
      ) : (
        label
      )}
    </th>
  );
}

function Line<Row>(props: {
  row: Row;
  columns: readonly Column<Row>[];
  below: ComponentChildren | null;
}) {
  const { row, columns, below } = props;
  return (
    <>
      <tr>
        {columns.map(({ id, label, cell, number, heading }) => {
          const content = (
            <>
              <span class="cell-label">{label}</span>
              {cell(row)}
            </>
          );
          return heading ? (
            <th key={id} scope="row">
              {cell(row)}
            </th>
          ) : (
            <td key={id} class={number ? 'number' : ''}>
              {content}
            </td>
          );
        })}
      </tr>
      {below !== null && (
        <tr class="below">
          <td colSpan={columns.length}>{below}</td>
        </tr>
      )}
    </>
  );
}

/** Pure: a copy in the order that is asked for; equal rows keep theirs. */
function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Pick<Column<Row>, 'id' | 'sortBy'>[],
  { id, descending }: Sorting,
): Row[] {
  const by = columns.find((column) => column.id === id)?.sortBy;
  if (!by) return [...rows];
  const keyed = rows.map((row) => ({ row, key: by(row) }));
  keyed.sort((one, other) => {
    if (one.key === null || other.key === null)
      return one.key === other.key ? 0 : one.key === null ? 1 : -1;
    const order =
      typeof one.key === 'number' && typeof other.key === 'number'
        ? one.key - other.key
        : String(one.key).localeCompare(String(other.key), 'en', { numeric: true });
    return descending ? -order : order;
  });
  return keyed.map(({ row }) => row);
}
