/** What `?` shows: the keys, and what each column is. Pure. */
import { pad, wrap } from '../terminal/cells.ts';
import type { Style } from '../terminal/style.ts';
import { COLUMNS } from './columns.ts';

/** Lines of help, the keys first, broken between words. */
export function helpLines(columns: number, style: Style): string[] {
  const entry = ([name, does]: readonly [string, string]) =>
    wrap(does, Math.max(WORDS_MIN, columns - NAME_WIDTH)).map(
      (words, index) => `${style.bold(pad(index === 0 ? name : '', NAME_WIDTH))}${words}`,
    );
  return [
    ...KEYS.flatMap(entry),
    '',
    ...COLUMNS.flatMap(({ title, help }) => entry([title, help])),
    '',
    ...wrap(STREAMS, columns),
  ];
}

const NAME_WIDTH = 13;
const WORDS_MIN = 12;

const KEYS: readonly (readonly [string, string])[] = [
  ['q', 'quit; Ctrl-C too'],
  ['s  S', 'sort by the next column, by the one before'],
  ['r', 'turn the order around'],
  ['/', 'show only names that hold a text; Esc shows all'],
  ['p', 'pause: figures stand still, and the server is not asked'],
  ['↑ ↓  k j', 'one row; Page Up and Down'],
  ['g  G', 'the first row, the last; Home and End too'],
  ['⏎  space', "fold a stream's consumers away, or out again; ← → too"],
  ['e', 'fold all, or unfold all'],
  ['Ctrl-L', 'draw the screen anew'],
  ['?  h', 'this'],
];

const STREAMS =
  'A stream shows the sums over its consumers, LAG too; of OLDEST the oldest, and of P50, P99 and HANDLING those of its slowest consumer.';
