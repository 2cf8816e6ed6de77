/** What `?` shows: the keys, and what each column is. Pure. */
import type { Style } from '../terminal/style.ts';

/** Lines of help, the keys first. */
export function helpLines(style: Style): string[] {
  const entry = ([name, does]: readonly [string, string]) =>
    `${style.bold(name.padEnd(11))} ${does}`;
  return [...KEYS.map(entry), '', ...COLUMNS.map(entry)];
}

const KEYS: readonly (readonly [string, string])[] = [
  ['q', 'quit; Ctrl-C too'],
  ['s  S', 'sort by the next, by the one before'],
  ['r', 'turn the order around'],
  ['/', 'show only names that hold a text; Esc shows all'],
  ['p', 'pause: figures stand still, and the server is not asked'],
  ['↑ ↓  k j', 'one row; Page Up and Down, Home and End'],
  ['⏎  ← →', "fold a stream's consumers away, or out again; e all"],
];

const COLUMNS: readonly (readonly [string, string])[] = [
  ['IN/S', 'messages stored a second'],
  ['OUT/S', 'deliveries a second, redeliveries too'],
  ['DONE/S', 'deliveries that ended: acknowledged, or delivered again'],
  ['LAG', 'messages stored and not delivered yet'],
  ['PENDING', 'delivered and not acknowledged / the most that may be'],
  ['REDELIV', 'of those pending, delivered more than once'],
  ['OLDEST', 'how long the oldest unsettled message has been stored'],
  ['P50  P99', 'from stored to acknowledged, of what was since the last look'],
  ['HANDLING', 'the same from delivery on: half of all / all but 1 in 100'],
  ['DEAD', 'dead letters that wait: jetlane dlq ls'],
  ['PULLS', 'requests for messages that wait: none and a lag, nobody works'],
];
