import { describe, expect, it } from 'vitest';
import { aConsumer, aReading, aStream } from '../../test/readings.ts';
import type { Key } from '../terminal/keys.ts';
import { rowsOf, SORTS } from './rows.ts';
import { standing } from './standing.ts';
import { initialState, press, type Shown, type TopState } from './top-state.ts';

const STANDING = standing(
  undefined,
  aReading([
    aStream('A', { consumers: [aConsumer('one'), aConsumer('two')] }),
    aStream('B', { consumers: [aConsumer('three')] }),
  ]),
);
const NAMED: Readonly<Record<string, Partial<Key>>> = {
  enter: { name: 'return', text: '\r' },
  esc: { name: 'escape', text: '\u001b' },
  back: { name: 'backspace', text: '\u007f' },
  up: { name: 'up', text: '\u001b[A' },
  down: { name: 'down', text: '\u001b[B' },
  left: { name: 'left', text: '\u001b[D' },
  right: { name: 'right', text: '\u001b[C' },
  pagedown: { name: 'pagedown', text: '\u001b[6~' },
  end: { name: 'end', text: '\u001b[F' },
};

function keyOf(words: string): Key {
  const plain = { name: /^[a-z]$/i.test(words) ? words.toLowerCase() : undefined, text: words };
  if (words.startsWith('^')) return { name: words.slice(1), text: '', ctrl: true };
  return { ...plain, ctrl: false, ...NAMED[words] };
}

const ALL = SORTS.map(({ key }) => key);
/** What is shown at this state, but for `changes`. */
const shown = (state: TopState, changes: Partial<Shown> = {}): Shown => ({
  rows: rowsOf(STANDING, state),
  page: 3,
  sorts: ALL,
  helpEnd: 0,
  ...changes,
});

function after(...keys: string[]): TopState {
  return pressed({}, ...keys);
}

function pressed(changes: Partial<Shown>, ...keys: string[]): TopState {
  return keys.reduce<TopState>((state, key) => {
    const next = press(state, keyOf(key), shown(state, changes));
    if (typeof next === 'string') throw new Error(`asked to ${next}`);
    return next;
  }, initialState);
}
const asked = (state: TopState, key: string) => press(state, keyOf(key), shown(state));

describe('a key', () => {
  it('ends, interrupts, stops or draws anew', () => {
    expect(asked(initialState, 'q')).toBe('quit');
    expect(asked(initialState, '^c')).toBe('interrupt');
    expect(asked(initialState, '^z')).toBe('suspend');
    expect(asked(initialState, '^l')).toBe('redraw');
  });

  it('sorts by the next, by the one before, and the other way around', () => {
    expect(after('s').sort).toBe('oldest');
    expect(after('S').sort).toBe('name');
    expect(after('s', 'S').sort).toBe('lag');
    expect(after('r').reversed).toBe(true);
  });

  it('sorts only by what has a column there', () => {
    const sorts = ['lag', 'out', 'name'] as const;
    const sorted = (...keys: string[]) => pressed({ sorts }, ...keys).sort;
    expect(['s', 's', 's'].map((_, index) => sorted(...'sss'.slice(index)))).toEqual([
      'lag',
      'name',
      'out',
    ]);
    expect(sorted('S')).toBe('name');
  });

  it('moves help that is longer than the screen; any other one ends it', () => {
    const helped = (...keys: string[]) => pressed({ helpEnd: 9 }, '?', ...keys);
    expect(helped('down', 'j')).toMatchObject({ help: true, helpFrom: 2 });
    expect(helped('pagedown', 'k')).toMatchObject({ help: true, helpFrom: 1 });
    expect(helped('G', 'down')).toMatchObject({ help: true, helpFrom: 9 });
    expect(helped('G', 'g', 'up')).toMatchObject({ help: true, helpFrom: 0 });
    expect(helped('down', 'esc').help).toBe(false);
    expect(helped('down', 'x', '?')).toMatchObject({ help: true, helpFrom: 0 });
    expect(after('?', 'down').help).toBe(false);
  });

  it('types a filter, which Enter keeps and Escape takes back', () => {
    expect(after('/', 'o', 'q', 'back', 'n')).toMatchObject({ filter: 'on' });
    expect(after('/', 'o', 'n', 'enter')).toMatchObject({ filter: 'on', typing: undefined });
    expect(after('/', 'o', 'enter', '/', 'x', 'esc')).toMatchObject({ filter: 'o' });
    expect(after('/', 'o', 'enter', 'esc').filter).toBe('');
    expect(asked(after('/', 'o'), '^c')).toBe('interrupt');
    expect(after('/', '\u0007').filter).toBe('');
  });

  it('pauses and goes on, and shows help until another one', () => {
    expect(after('p').paused).toBe(true);
    expect(after('p', 'p').paused).toBe(false);
    expect(after('?').help).toBe(true);
    expect(after('?', 'q').help).toBe(false);
  });

  it('moves the cursor, within the rows', () => {
    expect(after('down').cursor).toBe('A one');
    expect(after('j', 'j', 'k').cursor).toBe('A one');
    expect(after('up').cursor).toBe('A');
    expect(after('G').cursor).toBe('B three');
    expect(after('end', 'down').cursor).toBe('B three');
    expect(after('pagedown').cursor).toBe('A two');
    expect(after('G', 'g').cursor).toBe('A');
  });

  it('folds the stream under the cursor, and goes to it from one of its consumers', () => {
    expect(after('enter')).toMatchObject({ collapsed: new Set(['A']), cursor: 'A' });
    expect(after('down', 'left')).toMatchObject({ collapsed: new Set(['A']), cursor: 'A' });
    expect(after('left', 'right').collapsed.size).toBe(0);
    expect(after('e').collapsed).toEqual(new Set(['A', 'B']));
    expect(after('e', 'e').collapsed.size).toBe(0);
  });

  it('that means nothing changes nothing', () => {
    expect(after('x', 'Z', '^b')).toEqual(initialState);
  });
});
