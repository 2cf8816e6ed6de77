import { count } from '../kit/format.ts';

/** Steps through a longer list; nothing where all of it is shown. */
export function Pager(props: {
  offset: number;
  limit: number;
  total: number;
  moveTo: (offset: number) => void;
}) {
  const { offset, limit, total, moveTo } = props;
  if (total <= limit && offset === 0) return null;
  const last = Math.min(total, offset + limit);
  return (
    <nav class="pager" aria-label="Pages of this list">
      <button
        type="button"
        class="button"
        disabled={offset === 0}
        onClick={() => moveTo(Math.max(0, offset - limit))}
      >
        Previous
      </button>
      <span class="quiet" role="status">
        {total === 0 ? 'none' : `${count(offset + 1)} to ${count(last)} of ${count(total)}`}
      </span>
      <button
        type="button"
        class="button"
        disabled={last >= total}
        onClick={() => moveTo(offset + limit)}
      >
        Next
      </button>
    </nav>
  );
}
