/** What the user of `jetlane top` has chosen, and what each key changes of it. Pure. */
import type { Key } from '../terminal/keys.ts';
import type { Row, SortKey } from './rows.ts';

/** Choices. */
export interface TopState {
  readonly sort: SortKey;
  readonly reversed: boolean;
  /** Rows whose names hold this text, whatever its case. */
  readonly filter: string;
  /** The filter is being typed; what it was before is kept for Escape. */
  readonly typing: { readonly before: string } | undefined;
  /** What is shown stands still; the server is not asked. */
  readonly paused: boolean;
  readonly help: boolean;
  /** The first line of help that is shown. */
  readonly helpFrom: number;
  /** Streams whose consumers are not shown. */
  readonly collapsed: ReadonlySet<string>;
  /** Key of the row under the cursor; undefined: the first one. */
  readonly cursor: string | undefined;
}

/** What the screen has now, which keys refer to. */
export interface Shown {
  readonly rows: readonly Row[];
  /** How many of them fit at once. */
  readonly page: number;
  /** The sorts whose columns are there. */
  readonly sorts: readonly SortKey[];
  /** The last line of help that its first one may be; 0: all of it is shown. */
  readonly helpEnd: number;
}

/** What a key asks for beside another state. */
export type Wish = 'quit' | 'interrupt' | 'suspend' | 'redraw';

/** Sorted by lag, everything expanded. */
export const initialState: TopState = {
  sort: 'lag',
  reversed: false,
  filter: '',
  typing: undefined,
  paused: false,
  help: false,
  helpFrom: 0,
  collapsed: new Set(),
  cursor: undefined,
};

/** The state after a key, or what the key asks for. A key that means nothing changes nothing. */
export function press(state: TopState, key: Key, shown: Shown): TopState | Wish {
  if (key.ctrl) return control(state, key);
  if (state.typing !== undefined) return type(state, state.typing, key);
  if (state.help) return readHelp(state, key, shown);
  return command(state, key, shown) ?? move(state, key, shown);
}

const WISHES: Readonly<Record<string, Wish>> = { c: 'interrupt', z: 'suspend', l: 'redraw' };

function control(state: TopState, { name }: Key): TopState | Wish {
  return WISHES[name ?? ''] ?? state;
}

function type(state: TopState, { before }: { readonly before: string }, key: Key): TopState {
  const { filter } = state;
  if (key.name === 'return' || key.name === 'enter') return { ...state, typing: undefined };
  if (key.name === 'escape') return { ...state, typing: undefined, filter: before };
  if (key.name === 'backspace') return { ...state, filter: filter.slice(0, -1) };
  const printable = key.text.length > 0 && !/\p{Cc}/u.test(key.text);
  return printable && filter.length < FILTER_MAX ? { ...state, filter: filter + key.text } : state;
}

const FILTER_MAX = 60;

function command(state: TopState, key: Key, shown: Shown): TopState | Wish | undefined {
  switch (key.text) {
    case 'q':
      return 'quit';
    case '?':
    case 'h':
      return { ...state, help: true, helpFrom: 0 };
    case 'p':
      return { ...state, paused: !state.paused };
    case '/':
      return { ...state, typing: { before: state.filter } };
    case 's':
      return { ...state, sort: nextSort(state, shown, 1), cursor: undefined };
    case 'S':
      return { ...state, sort: nextSort(state, shown, -1), cursor: undefined };
    case 'r':
      return { ...state, reversed: !state.reversed, cursor: undefined };
    case 'e':
      return { ...state, ...toggleAll(state, shown.rows) };
    default:
      if (key.name === 'escape') return { ...state, filter: '' };
      return undefined;
  }
}

function nextSort({ sort }: TopState, { sorts }: Shown, step: number): SortKey {
  const index = sorts.indexOf(sort);
  if (index < 0) return sorts[0] ?? sort;
  return sorts[(index + step + sorts.length) % sorts.length] ?? sort;
}

function toggleAll({ collapsed }: TopState, rows: readonly Row[]): Partial<TopState> {
  if (collapsed.size > 0) return { collapsed: new Set() };
  const streams = rows.flatMap((row) => (row.kind === 'stream' ? [row.stream.name] : []));
  return { collapsed: new Set(streams), cursor: undefined };
}

function move(state: TopState, key: Key, { rows, page }: Shown): TopState {
  const at = Math.max(
    0,
    rows.findIndex((row) => row.key === state.cursor),
  );
  const to = (index: number): TopState => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    return row === undefined ? state : { ...state, cursor: row.key };
  };
  const moved = movedTo(key, at, page, rows.length - 1);
  if (moved !== undefined) return to(moved);
  switch (key.name) {
    case 'return':
    case 'enter':
    case 'space':
      return fold(state, rows[at], 'toggle');
    case 'right':
      return fold(state, rows[at], 'open');
    case 'left':
      return fold(state, rows[at], 'close');
    default:
      return state;
  }
}

/** Help that is longer than the screen moves; any other key ends it. */
function readHelp(state: TopState, key: Key, { page, helpEnd }: Shown): TopState {
  const from = Math.min(helpEnd, state.helpFrom);
  const to = helpEnd === 0 ? undefined : movedTo(key, from, page, helpEnd);
  if (to === undefined) return { ...state, help: false };
  return { ...state, helpFrom: Math.min(helpEnd, Math.max(0, to)) };
}

/** Where a key goes from a line; undefined for a key that does not move. */
function movedTo(key: Key, at: number, page: number, last: number): number | undefined {
  const step = Math.max(1, page - 1);
  switch (key.name === undefined || /^[a-z]$/i.test(key.name) ? key.text : key.name) {
    case 'up':
    case 'k':
      return at - 1;
    case 'down':
    case 'j':
      return at + 1;
    case 'pageup':
      return at - step;
    case 'pagedown':
      return at + step;
    case 'home':
    case 'g':
      return 0;
    case 'end':
    case 'G':
      return last;
    default:
      return undefined;
  }
}

/** Opens or closes the stream of a row; closed from one of its consumers, the cursor goes to the stream. */
function fold(state: TopState, row: Row | undefined, how: 'toggle' | 'open' | 'close'): TopState {
  if (row === undefined) return state;
  const { name } = row.stream;
  const collapsed = new Set(state.collapsed);
  const open = how === 'toggle' ? collapsed.has(name) : how === 'open';
  if (open) collapsed.delete(name);
  else collapsed.add(name);
  return { ...state, collapsed, cursor: open ? row.key : name };
}
