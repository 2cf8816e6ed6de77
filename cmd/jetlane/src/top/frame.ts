/** The lines above and below the table of `jetlane top`: where there is no room for all of a line, whole items go. Pure. */
import { cutEnd, cutMiddle, visibleLength } from '../terminal/cells.ts';
import { formatCount, formatMs, formatRate } from '../terminal/figures.ts';
import { oneLine } from '../terminal/printable.ts';
import type { Style } from '../terminal/style.ts';
import type { TopView } from './layout.ts';
import { type Row, SORTS } from './rows.ts';

const GAP = '  ';
/** What is left of an address must still tell something. */
const ADDRESS_MIN = 12;

/** What is watched, and whether figures come. What is wrong is worth more than where. */
export function headLine(view: TopView, columns: number, style: Style): string {
  const { words, short } = status(view);
  const paint = painter(view, style);
  const [address = '', ...rest] = view.server.map(oneLine);
  const title = (...parts: readonly string[]) => titled(parts, style);
  const candidates = [
    [title(address, ...rest), words],
    [title(address), words],
    [title(address), short],
  ] as const;
  for (const [left, right] of candidates)
    if (fits(left, right, columns)) return spread(left, paint(right), columns);
  const room = columns - visibleLength(title('')) - GAP.length - visibleLength(short);
  if (room >= ADDRESS_MIN) return spread(title(cutMiddle(address, room)), paint(short), columns);
  if (fits(title(), short, columns)) return spread(title(), paint(short), columns);
  return view.trouble === undefined ? title() : paint(cutEnd(short, columns));
}

/** What is watched. */
export function titleLine({ server }: TopView, style: Style): string {
  return titled(server.map(oneLine), style);
}

/** Sums over all that is watched, what matters most first. */
export function totalsLine(
  { standing, state }: TopView,
  rows: readonly Row[],
  columns: number,
  style: Style,
): string {
  if (standing === undefined) return '';
  const { streams, deadLetters } = standing;
  const consumers = streams.flatMap((stream) => stream.consumers);
  const there = streams.filter(({ exists }) => exists);
  const lag = consumers.reduce((total, one) => total + one.lag, 0);
  const found = rows.filter(({ kind }) => kind === 'consumer').length;
  const items = [
    ...(state.filter === '' ? [] : [style.cyan(`"${oneLine(state.filter)}" ${found} found`)]),
    `lag ${formatCount(lag)}`,
    deadLetters === 0
      ? style.dim('no dead letters')
      : style.red(plural(deadLetters, 'dead letter')),
    ...perS(
      'in',
      there.map(({ storedPerS }) => storedPerS),
    ),
    ...perS(
      'out',
      consumers.map(({ deliveredPerS }) => deliveredPerS),
    ),
    `${plural(streams.length, 'stream')}, ${plural(consumers.length, 'consumer')}`,
  ];
  return asManyAsFit(items, style.dim(' · '), columns);
}

/** What keys do, and on the right which part is shown. `whole` is the name under the cursor where the table cuts it. */
export function keysLine(
  { state }: TopView,
  { place, whole, scrolls }: KeysPlace,
  columns: number,
  style: Style,
): string {
  const room = place === '' ? columns : columns - visibleLength(place) - GAP.length;
  const items = () => {
    if (state.help)
      return [style.dim(scrolls ? '↑ ↓ scroll, any other key goes back' : 'any key goes back')];
    const sort = SORTS.find(({ key }) => key === state.sort)?.words ?? '';
    const does = (key: string, words: string) => `${style.bold(key)} ${style.dim(words)}`;
    return [
      does('q', 'quit'),
      does('?', 'help'),
      ...(whole === undefined ? [] : [style.cyan(whole)]),
      does('s', `sort: ${sort}`),
      does('/', 'filter'),
      does('p', state.paused ? 'go on' : 'pause'),
      does('⏎', 'fold'),
    ];
  };
  if (state.typing !== undefined) {
    const typed = `filter: ${oneLine(state.filter)}`;
    return asManyAsFit([`${typed}_`, style.dim('Enter keeps it, Esc takes it back')], GAP, columns);
  }
  // Keys that help are worth more than which part is shown.
  const left = asManyAsFit(items(), GAP, Math.max(room, Math.min(columns, KEYS_MIN)));
  return place !== '' && fits(left, place, columns) ? spread(left, place, columns) : left;
}

/** Where in a list somebody is. */
export interface KeysPlace {
  /** `1-20 of 31`; empty where all of it is shown. */
  readonly place: string;
  readonly whole: string | undefined;
  /** Help is longer than the screen. */
  readonly scrolls: boolean;
}

/** `q quit  ? help`. */
const KEYS_MIN = 14;

/** Items from the first one on for as long as they fit; of the first at least its beginning. */
function asManyAsFit(items: readonly string[], between: string, columns: number): string {
  let line = items[0] ?? '';
  for (const item of items.slice(1)) {
    const longer = `${line}${between}${item}`;
    if (visibleLength(longer) > columns) break;
    line = longer;
  }
  return line;
}

function status(view: TopView): { readonly words: string; readonly short: string } {
  const { state, trouble, everyMs, standing } = view;
  const alone = (words: string) => ({ words, short: words });
  if (state.paused) return alone('PAUSED');
  if (trouble !== undefined)
    return alone(`${oneLine(trouble.words)} for ${wholeSeconds(trouble.forMs)}`);
  if (standing === undefined) return alone('reading');
  const time = new Date(standing.atMs).toTimeString().slice(0, 8);
  const every = everyMs < 1000 ? `${everyMs} ms` : `${everyMs / 1000} s`;
  return { words: `${time}, every ${every}`, short: time };
}

function painter({ state, trouble }: TopView, style: Style): (words: string) => string {
  if (state.paused) return style.yellow;
  return trouble === undefined ? style.dim : style.red;
}

function titled(parts: readonly string[], style: Style): string {
  return [style.bold('jetlane top'), ...parts].join(style.dim(' · '));
}

function fits(left: string, right: string, columns: number): boolean {
  return visibleLength(left) + GAP.length + visibleLength(right) <= columns;
}

function spread(left: string, right: string, columns: number): string {
  const space = columns - visibleLength(left) - visibleLength(right);
  return `${left}${' '.repeat(Math.max(0, space))}${right}`;
}

function perS(words: string, all: readonly (number | undefined)[]): string[] {
  if (!all.every((one) => one !== undefined)) return [];
  return [`${words} ${formatRate(all.reduce((total, one) => total + one, 0))}`];
}

function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function wholeSeconds(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)} s` : formatMs(ms);
}
