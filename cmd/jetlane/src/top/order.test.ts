import { describe, expect, it } from 'vitest';
import { aConsumer, aReading, aStream } from '../../test/readings.ts';
import { type Order, orderOf, STEADY_LOOKS } from './order.ts';
import { type RowChoice, rowsOf } from './rows.ts';
import { standing } from './standing.ts';

type Lags = Readonly<Record<string, number>>;
const CHOICE: RowChoice = { sort: 'lag', reversed: false, filter: '', collapsed: new Set() };
const LAG_FIRST = { sort: 'lag', reversed: false } as const;

const lookOf = (lags: Lags) =>
  standing(
    undefined,
    aReading(
      Object.entries(lags).map(([name, lag]) =>
        aStream(name, { consumers: [aConsumer('c', { lag })] }),
      ),
    ),
  );

/** The streams from above after each of these looks. */
function seen(looks: readonly Lags[], choice: Partial<RowChoice> = {}): string[] {
  let order: Order | undefined;
  return looks.map((lags) => {
    const look = lookOf(lags);
    order = orderOf(order, look, { ...LAG_FIRST, ...choice });
    return rowsOf(look, { ...CHOICE, ...choice }, order.places)
      .flatMap((row) => (row.kind === 'stream' ? [row.stream.name] : []))
      .join('');
  });
}

describe('the order of rows', () => {
  it('does not follow a lag of one look', () => {
    const idle = { A: 0, B: 0, C: 0 };
    expect(seen([idle, { ...idle, C: 1 }, idle, idle])).toEqual(['ABC', 'ABC', 'ABC', 'ABC']);
    expect(
      seen([
        { A: 9, B: 5 },
        { A: 0, B: 5 },
        { A: 9, B: 5 },
      ]),
    ).toEqual(['AB', 'AB', 'AB']);
  });

  it('follows one that stays, and goes back when all is idle', () => {
    const idle = { A: 0, B: 0, C: 0 };
    const late = { ...idle, C: 3 };
    const after = seen([
      idle,
      ...Array(STEADY_LOOKS).fill(late),
      ...Array(STEADY_LOOKS).fill(idle),
    ]);
    expect(after[STEADY_LOOKS - 1]).toBe('ABC');
    expect(after[STEADY_LOOKS]).toBe('CAB');
    expect(after.at(-2)).toBe('CAB');
    expect(after.at(-1)).toBe('ABC');
  });

  it('leaves those alone whose figures overlap, also where others pass them', () => {
    const noise = (look: number) => ({ A: 10 + (look % 2) * 5, B: 11 + (look % 3), C: 0 });
    const looks = Array.from({ length: 12 }, (_, look) => noise(look));
    const first = seen(looks)[0];
    expect(new Set(seen(looks))).toEqual(new Set([first]));
    const passed = looks.map((lags, look) => ({ ...lags, C: look < 3 ? 0 : 100 }));
    expect(seen(passed).at(-1)).toBe(`C${first?.replace('C', '')}`);
  });

  it('is at once that of another sort or direction, and of the first look', () => {
    expect(seen([{ A: 1, B: 2 }])).toEqual(['BA']);
    const first = orderOf(undefined, lookOf({ A: 1, B: 2 }), LAG_FIRST);
    const look = lookOf({ A: 9, B: 2 });
    const second = orderOf(first, look, LAG_FIRST);
    expect(second.places.get('B')).toBe(0);
    expect(orderOf(second, look, { sort: 'lag', reversed: true }).places.get('B')).toBe(0);
    expect(orderOf(second, look, { sort: 'name', reversed: false }).places.get('A')).toBe(0);
    expect(orderOf(second, look, { sort: 'name', reversed: true }).places.get('B')).toBe(0);
  });

  it('is the same for the same look, however often it is drawn', () => {
    const look = lookOf({ A: 1, B: 2 });
    const order = orderOf(undefined, look, LAG_FIRST);
    expect(orderOf(order, look, LAG_FIRST)).toBe(order);
  });

  it('holds for the smallest first too', () => {
    const looks = [
      { A: 5, B: 9 },
      { A: 5, B: 0 },
      { A: 5, B: 9 },
    ];
    expect(seen(looks, { reversed: true })).toEqual(['AB', 'AB', 'AB']);
    expect(
      seen([{ A: 5, B: 9 }, ...Array(STEADY_LOOKS).fill({ A: 5, B: 0 })], { reversed: true }).at(
        -1,
      ),
    ).toBe('BA');
  });

  it('has a place for what is new, and none for what is gone', () => {
    expect(seen([{ A: 1 }, { A: 1, B: 7 }, { B: 7 }])).toEqual(['A', 'BA', 'B']);
    expect(seen([{ B: 0 }, { A: 0, B: 0 }])).toEqual(['B', 'AB']);
  });

  it('is found for thousands of consumers', () => {
    const consumers = (seed: number) =>
      Array.from({ length: 5000 }, (_, index) =>
        aConsumer(`c${index}`, { lag: (index * 7919 + seed * 104_729) % 1000 }),
      );
    let order: Order | undefined;
    for (let look = 0; look < 5; look++)
      order = orderOf(
        order,
        standing(undefined, aReading([aStream('S', { consumers: consumers(look) })])),
        LAG_FIRST,
      );
    expect(order?.places.size).toBe(5001);
  });
});
